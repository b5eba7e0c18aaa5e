package io.millrace.learner.membership;

import io.millrace.learner.checkpoint.Lineage;
import java.time.Duration;

/** How members hear of each other and of the lease. One thread at a time. */
public interface GroupLog extends AutoCloseable {
  /** Who is told what came. */
  interface Reader {
    /** A member's heartbeat, one's own among them. */
    void heard(Heartbeat beat);

    /** The lease of a model, as a record has committed it. */
    void recorded(String model, Lineage lineage);
  }

  /** Sends a heartbeat; it is lost, and logged, where the log is out of reach. */
  void send(Heartbeat beat);

  /** Hands over what came since the last call, waiting so long at most for anything. */
  void poll(Duration wait, Reader reader);

  @Override
  void close();
}
