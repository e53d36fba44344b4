const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function power(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => superscripts[Number(digit)]).join('');
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

/** A number with three significant digits and a true minus; powers of ten beyond 0.001 … 99999. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'undefined' : value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  const sign = value < 0 ? '−' : '';
  const size = Math.abs(value);
  if (exponent < -3 || exponent > 4)
    return `${sign}${(size / 10 ** exponent).toFixed(digits - 2)} × ${power(exponent)}`;
  return sign + size.toFixed(Math.max(0, digits - 1 - Math.max(exponent, digits > 2 ? -2 : 0)));
}

/** As `formatNumber`, with a plus where it is positive. */
export function formatSigned(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

/** A share as per cent: one digit after the point below 10 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent.toFixed(percent < 9.95 ? 1 : 0)} %`;
}

/** What a method or metric tells beside its result: "work-saved-share" 0.41 becomes "work saved", "41 %". */
export function formatFact({name, value}: {name: string; value: number}): {name: string; value: string} {
  const share = name.endsWith('-share');
  return {name: words(share ? name.slice(0, -6) : name), value: share ? formatShare(value) : formatNumber(value)};
}

export function formatTime(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A whole number in groups of three digits; by hand, since the browser's own formats take 20 ms to be loaded. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** "max-sensitivity" → "max sensitivity" */
export function words(name: string): string {
  return name.replaceAll('-', ' ');
}
