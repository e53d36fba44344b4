/** Counts what the page asks of the network, as the browser itself records it. */
export function countRequests(tell: (count: number) => void): void {
  let count = 0;
  const since = performance.now();
  tell(count);
  const observer = new PerformanceObserver((list) => {
    for (const {name, startTime} of list.getEntries()) {
      if (name.startsWith('http') && startTime > since) tell(++count);
    }
  });
  observer.observe({type: 'resource'});
}
