/** Where the tour's card goes. */
export const gap = 14; // pixels between what is pointed at and the card

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Where the card goes: beside what is pointed at if there is room, else below or above it, at last in the corner. */
export function placeCard(target: Box, card: {width: number; height: number}, room: {width: number; height: number}) {
  const within = (at: number, size: number, all: number) => Math.max(gap, Math.min(at, all - size - gap));
  const right = target.left + target.width + gap;
  const left = target.left - card.width - gap;
  const below = target.top + target.height + gap;
  const above = target.top - card.height - gap;
  const beside = within(target.top, card.height, room.height);
  const along = within(target.left, card.width, room.width);
  if (right + card.width + gap <= room.width) return {left: right, top: beside};
  if (left >= gap) return {left, top: beside};
  if (below + card.height + gap <= room.height) return {left: along, top: below};
  if (above >= gap) return {left: along, top: above};
  return {left: room.width - card.width - gap, top: room.height - card.height - gap};
}
