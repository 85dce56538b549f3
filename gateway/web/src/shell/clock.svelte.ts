/** The time on screen: one tick a second for every count and ring, none while nobody looks. */
export class Clock {
  nowMs = $state(Date.now());

  start(): () => void {
    const tick = (): void => {
      if (document.visibilityState === 'visible') this.nowMs = Date.now();
    };
    const timer = setInterval(tick, 1000);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }
}
