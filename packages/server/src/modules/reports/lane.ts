/** Lets a limited number of things run at once; whoever finds it full goes away instead of waiting. */
export type Lane = {
  /** Runs `work` and answers true; or false at once when the lane is full or already has one of that name. */
  tryRun(name: string, work: () => Promise<void>): Promise<boolean>;
  has(name: string): boolean;
};

export function createLane(places: number): Lane {
  const running = new Set<string>();
  return {
    has: (name) => running.has(name),
    tryRun: async (name, work) => {
      if (running.size >= places || running.has(name)) return false;
      running.add(name);
      try {
        await work();
      } finally {
        running.delete(name);
      }
      return true;
    },
  };
}
