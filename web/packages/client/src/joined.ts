/** Joining of asks: those of one tick, and those that come while a call is in flight, become one call. */

/**
 * Return a function that adds an ask and resolves with its own result.
 *
 * `call` takes up to `max` asks and returns their results in the same order; a result that is an Error rejects its ask
 * alone. One call is in flight at a time. Where `call` rejects, all of its asks do.
 */
export function joined<Ask, Result>(
  max: number,
  call: (asks: Ask[]) => Promise<(Result | Error)[]>,
): (ask: Ask) => Promise<Result> {
  const waiting: { ask: Ask; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = []
  let isRunning = false

  async function run(): Promise<void> {
    isRunning = true
    // Later in the same tick, and not by a timer: browsers slow those of hidden pages down to one in a minute.
    await Promise.resolve()
    while (waiting.length > 0) {
      const taken = waiting.splice(0, max)
      try {
        const results = await call(taken.map((each) => each.ask))
        for (const [index, each] of taken.entries()) {
          const result = results[index]
          if (result instanceof Error) each.reject(result)
          else each.resolve(result as Result)
        }
      } catch (error) {
        for (const each of taken) each.reject(error)
      }
    }
    isRunning = false
  }

  return (ask) =>
    new Promise((resolve, reject) => {
      waiting.push({ ask, resolve, reject })
      if (!isRunning) void run()
    })
}
