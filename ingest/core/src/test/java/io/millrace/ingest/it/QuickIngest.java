package io.millrace.ingest.it;

import io.millrace.ingest.claim.ClaimSettings;
import io.millrace.ingest.topology.IngestSettings;
import io.millrace.ingest.topology.NewTopic;
import java.time.Duration;

/** Ingest on one thread that commits, counts and looks at its topic often. */
final class QuickIngest {
  private static final IngestSettings DEFAULTS = IngestSettings.defaults();

  private QuickIngest() {}

  static IngestSettings settings(Duration session) {
    return settings(session, DEFAULTS.transactionTimeout(), DEFAULTS.newTopic(), DEFAULTS.claims());
  }

  static IngestSettings settings(
      Duration session, Duration transaction, NewTopic newTopic, ClaimSettings claims) {
    return new IngestSettings(
        1,
        Duration.ofMillis(50),
        DEFAULTS.statsWindow(),
        Duration.ofMillis(200),
        session,
        transaction,
        Duration.ofMillis(100),
        newTopic,
        DEFAULTS.unreadyAfter(),
        0,
        DEFAULTS.maxSide(),
        DEFAULTS.quality(),
        DEFAULTS.keepMetadata(),
        DEFAULTS.scaledDecode(),
        DEFAULTS.headers(),
        DEFAULTS.maxHeaderBytes(),
        claims);
  }
}
