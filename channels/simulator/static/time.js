/** The simulated time, shown as WeChat shows times, in the city's zone whatever the browser's. */

const ZONE = "Asia/Shanghai";
let lead = 0;

const part = (options) => new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, ...options });
const HOUR = part({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const WEEKDAY = part({ weekday: "long" });
const DATE = part({ year: "numeric", month: "long", day: "numeric" });
const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE });

export const setNow = (iso) => (lead = Date.parse(iso) - Date.now());
export const now = () => new Date(Date.now() + lead);
export const clock = (moment) => HOUR.format(moment);
export const date = (moment) => `${DATE.format(moment)} ${WEEKDAY.format(moment)}`;

const daysAgo = (moment) =>
  Math.round((Date.parse(DAY.format(now())) - Date.parse(DAY.format(moment))) / 86_400_000);

/** 14:05, 昨天 14:05, 星期三 14:05, 2026年11月2日 14:05 */
export function stamp(moment) {
  const days = daysAgo(moment);
  if (days === 0) return clock(moment);
  if (days === 1) return `昨天 ${clock(moment)}`;
  if (days > 1 && days < 7) return `${WEEKDAY.format(moment)} ${clock(moment)}`;
  return `${DATE.format(moment)} ${clock(moment)}`;
}

export function span(seconds) {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = Math.round((seconds % 3_600) / 60);
  const parts = [days && `${days} 天`, hours && `${hours} 小时`, minutes && `${minutes} 分钟`];
  return parts.filter(Boolean).join(" ");
}
