package io.millrace.learner.bench;

import java.util.List;
import java.util.Map;

/**
 * How the parts' processes are started.
 *
 * @param rate images a second that the publisher sends
 * @param heaps in MiB, of parts that do not have the usual one
 * @param settings of Millrace, as key=value
 * @param environment variables besides this process' own, of all parts but the broker
 */
record ChaosLaunch(
    int rate,
    Map<ChaosPart, Integer> heaps,
    List<String> settings,
    Map<String, String> environment) {
  private static final int HEAP_MIB = 512;

  static ChaosLaunch usual(int rate) {
    return new ChaosLaunch(rate, Map.of(), List.of(), Map.of());
  }

  int heapMiB(ChaosPart part) {
    return heaps.getOrDefault(part, HEAP_MIB);
  }
}
