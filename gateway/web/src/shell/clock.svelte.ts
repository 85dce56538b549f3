import type { ServerTime } from './server_time';

/** The time on screen: one tick a second for every count and ring, none while nobody looks. */
export class Clock {
  readonly #time: ServerTime;
  /** The server's time, by which all its moments are told. */
  nowMs = $state(0);
  /** This device's, for what it does by itself: undo, the line. */
  deviceMs = $state(0);

  constructor(time: ServerTime) {
    this.#time = time;
    this.look();
  }

  start(): () => void {
    const tick = (): void => {
      if (document.visibilityState === 'visible') this.look();
    };
    const timer = setInterval(tick, 1000);
    const stop = this.#time.onChanged(tick);
    document.addEventListener('visibilitychange', tick);
    return () => {
      stop();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }

  private look(): void {
    this.deviceMs = Date.now();
    this.nowMs = this.#time.at(this.deviceMs);
  }
}
