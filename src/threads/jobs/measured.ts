// Decides whether workers pay, by how long calls have taken on this machine, with workers and without.

/** How calls of a kind have gone in one of the two ways. */
interface Way {
  /** Milliseconds per element: a running mean, nearer to the fast calls than to the slow ones. */
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
  /** How many calls of a try are left, which way they go, and the fastest of it. */
  left: number;
  triesWorkers: boolean;
  fastest: number;
}

/**
 * How many calls run on the calling thread, and then with workers, before the two are compared: the first calls warm up
 * memory and code.
 */
const FIRST_ALONE = 2;
const FIRST_WITH_WORKERS = 3;
/**
 * Workers continue for up to `calls` calls, as long as the fastest of these takes less than `ratio` times as long as
 * one without workers: their code reaches its full speed only after ten to thirty calls.
 */
const WARMING = [
  { calls: 16, ratio: 1.5 },
  { calls: 32, ratio: 1.1 },
];
/** Workers have to be faster than the calling thread by a twentieth. */
const GAIN = 0.95;
/**
 * The slower way is tried again after at least this many calls, and only if the try costs at most a hundredth of their
 * time. A try is a few calls, because the first one has to wake the workers.
 */
const LEAST_SINCE = 160;
const BUDGET = 0.01;
const TRY = 5;
/**
 * How much of a new time goes into the mean. A slow call often says little about the next one: an interruption counts
 * as at most twice the mean, and weighs less than a fast call. But machines change their pace, so no call counts
 * forever.
 */
const WEIGHT_OF_FASTER = 1 / 2;
const WEIGHT_OF_SLOWER = 1 / 16;
const WEIGHT_OF_TRY = 1 / 2;
const OUTLIER = 2;
/** A call shorter than this many round trips to a worker cannot become faster. */
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
    if (isWarming(record)) return true;
    if (record.left > 0) return record.triesWorkers;
    const areFaster = areWorkersFaster(record);
    const loss = TRY * Math.abs(withWorkers.time - alone.time) * elements;
    if (++record.since <= LEAST_SINCE || record.budget < loss) return areFaster;
    record.left = TRY;
    record.triesWorkers = !areFaster;
    record.fastest = Infinity;
    record.since = 0;
    record.budget = 0;
    return record.triesWorkers;
  }

  /** Notes how long a call took. */
  note(kind: string, elements: number, usedWorkers: boolean, milliseconds: number): void {
    const record = this.recordOf(kind, elements);
    const { alone, withWorkers } = record;
    const [way, other] = usedWorkers ? [withWorkers, alone] : [alone, withWorkers];
    const time = milliseconds / elements;
    const isFirst = usedWorkers ? isWarming(record) : alone.count < FIRST_ALONE;
    way.count++;
    if (isFirst) {
      way.time = Math.min(way.time, time);
      return;
    }
    if (record.left > 0 && usedWorkers === record.triesWorkers) {
      record.fastest = Math.min(record.fastest, time);
      record.budget = Math.min(0, record.budget + other.time * elements - milliseconds);
      if (--record.left === 0) moveTo(way, record.fastest, WEIGHT_OF_TRY, 1);
      return;
    }
    record.budget += BUDGET * milliseconds;
    moveTo(way, time, WEIGHT_OF_SLOWER, WEIGHT_OF_FASTER);
  }

  private recordOf(kind: string, elements: number): Record {
    const key = `${kind} ${Math.round(Math.log2(elements))}`;
    let record = this.records.get(key);
    if (record === undefined) {
      record = {
        alone: { time: Infinity, count: 0 },
        withWorkers: { time: Infinity, count: 0 },
        since: 0,
        budget: 0,
        left: 0,
        triesWorkers: false,
        fastest: Infinity,
      };
      this.records.set(key, record);
    }
    return record;
  }
}

function moveTo(way: Way, time: number, weightOfSlower: number, weightOfFaster: number): void {
  const weight = time < way.time ? weightOfFaster : weightOfSlower;
  way.time += weight * (Math.min(time, OUTLIER * way.time) - way.time);
}

function isWarming({ alone, withWorkers }: Record): boolean {
  const { time, count } = withWorkers;
  return count < FIRST_WITH_WORKERS || WARMING.some(({ calls, ratio }) => count < calls && time < ratio * alone.time);
}

const areWorkersFaster = ({ alone, withWorkers }: Record): boolean => withWorkers.time < GAIN * alone.time;
