package io.millrace.learner.membership;

import java.time.InstantSource;
import java.util.UUID;

/**
 * What a process is to a group.
 *
 * @param model what it learns
 * @param host where it runs, for people
 * @param shards learner.shards
 * @param fingerprint hash of what must be the same in all processes of a group
 * @param clock the time
 */
public record Identity(
    String model, String host, int shards, String fingerprint, InstantSource clock) {
  /** A new member of this process: never heard of before. */
  Heartbeat fresh() {
    return new Heartbeat(
        model,
        host + "-" + UUID.randomUUID().toString().substring(0, 8),
        host,
        clock.millis(),
        Heartbeat.State.SEEKING,
        false,
        0,
        0,
        shards,
        fingerprint,
        0,
        0,
        0);
  }
}
