// Whether workers pay: by what calls have taken on this machine, alone and with workers.

/** How calls of a kind have gone in one of the two ways. */
interface Way {
  /** Milliseconds an element: a running mean. */
  time: number;
  /** How many calls have gone this way. */
  count: number;
}

interface Record {
  readonly alone: Way;
  readonly withWorkers: Way;
  /** Calls since the slower way was tried, and how many milliseconds another try may cost more than the faster way. */
  since: number;
  budget: number;
}

/** Calls on the calling thread, and then with workers, before they are compared: the first ones warm memory and code up. */
const FIRST_ALONE = 2;
const FIRST_WITH_WORKERS = 3;
/** Workers have to be faster than the calling thread by a twentieth. */
const GAIN = 0.95;
/** The slower way is tried again after so many calls at least, and where that costs at most a hundredth of their time. */
const LEAST_SINCE = 32;
const BUDGET = 0.01;
/** Single times are noisy, and machines change their pace: how much of a new time goes into the mean; more of a rare try. */
const WEIGHT = 1 / 8;
const TRY_WEIGHT = 1 / 2;
/** A time counts as at most so many times the mean: what interrupted a call is no sign of the next one. */
const OUTLIER = 2;
/** What takes less than so many answers of a worker cannot become faster. */
const ROUND_TRIPS = 3;
/** Until a call has been timed: a nanosecond an element. */
const TYPICAL = 1e-6;

/**
 * Decides, kind by kind. Calls of a kind take about as long, element for element; this class divides them further, by sizes
 * within a factor of two.
 */
export class Measured {
  private readonly records = new Map<string, Record>();

  /** Whether a call is given to workers, whose answers take `roundTrip` milliseconds. */
  prefersWorkers(kind: string, elements: number, roundTrip: number): boolean {
    const record = this.recordOf(kind, elements);
    const { alone, withWorkers } = record;
    if ((alone.count === 0 ? TYPICAL : alone.time) * elements < ROUND_TRIPS * roundTrip) return false;
    if (alone.count < FIRST_ALONE) return false;
    if (withWorkers.count < FIRST_WITH_WORKERS) return true;
    const areFaster = areWorkersFaster(record);
    const loss = Math.abs(withWorkers.time - alone.time) * elements;
    return ++record.since > LEAST_SINCE && record.budget >= loss ? !areFaster : areFaster;
  }

  /** Notes how long a call took. */
  note(kind: string, elements: number, usedWorkers: boolean, milliseconds: number): void {
    const record = this.recordOf(kind, elements);
    const { alone, withWorkers } = record;
    const [way, other] = usedWorkers ? [withWorkers, alone] : [alone, withWorkers];
    const time = milliseconds / elements;
    if (++way.count <= (usedWorkers ? FIRST_WITH_WORKERS : FIRST_ALONE)) {
      way.time = Math.min(way.time, time);
      return;
    }
    const isTry = usedWorkers !== areWorkersFaster(record);
    if (isTry) {
      record.since = 0;
      record.budget = Math.min(0, other.time * elements - milliseconds);
    } else record.budget += BUDGET * milliseconds;
    way.time += (isTry ? TRY_WEIGHT : WEIGHT) * (Math.min(time, OUTLIER * way.time) - way.time);
  }

  private recordOf(kind: string, elements: number): Record {
    const key = `${kind} ${Math.round(Math.log2(elements))}`;
    let record = this.records.get(key);
    if (record === undefined) {
      record = { alone: { time: Infinity, count: 0 }, withWorkers: { time: Infinity, count: 0 }, since: 0, budget: 0 };
      this.records.set(key, record);
    }
    return record;
  }
}

const areWorkersFaster = ({ alone, withWorkers }: Record): boolean => withWorkers.time < GAIN * alone.time;
