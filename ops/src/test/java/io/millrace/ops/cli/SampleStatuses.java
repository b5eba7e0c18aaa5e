package io.millrace.ops.cli;

import io.millrace.ops.dashboard.Status;
import java.time.Instant;
import java.util.List;

final class SampleStatuses {
  private SampleStatuses() {}

  static Status empty() {
    Instant now = Instant.now();
    return new Status(
        now, now, "starting", null, List.of(), null, null, null, List.of(), List.of());
  }
}
