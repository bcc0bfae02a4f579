/** The part of autocannon that is used here; the package brings no types. */
declare module 'autocannon' {
  namespace autocannon {
    interface Options {
      url: string;
      method: string;
      headers: Record<string, string>;
      body?: string;
      connections: number;
      /** Seconds. */
      duration: number;
      /** Seconds. */
      timeout: number;
      /** Between two looks at whether it is over, ms. */
      sampleInt: number;
    }
    interface Result {
      non2xx: number;
      errors: number;
      statusCodeStats: Record<string, { count: number }>;
    }
    interface Run {
      on(
        event: 'response',
        listener: (client: unknown, status: number, bytes: number, ms: number) => void,
      ): this;
    }
  }
  function autocannon(
    options: autocannon.Options,
    done: (error: Error | null, result: autocannon.Result) => void,
  ): autocannon.Run;
  export default autocannon;
}
