package io.millrace.learner.release;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/** Which releases are so old that their weights need not be kept. */
final class ReleaseRetention {
  private ReleaseRetention() {}

  /**
   * Every release older than the oldest of the {@code keep} newest promoted ones, but for the one
   * that serves, candidates (somebody may yet promote them) and what is retired already.
   *
   * @param keep promoted releases that stay; 0 for all
   */
  static List<ReleaseManifest> of(List<ReleaseManifest> releases, OptionalLong serving, int keep) {
    if (keep == 0) {
      return List.of();
    }
    List<Long> promoted =
        releases.stream()
            .filter(m -> m.gate() == ReleaseManifest.State.PROMOTED)
            .map(ReleaseManifest::version)
            .sorted(Comparator.reverseOrder())
            .toList();
    if (promoted.size() < keep) {
      return List.of();
    }
    long oldest = promoted.get(keep - 1);
    return releases.stream()
        .filter(m -> m.version() < oldest && m.version() != serving.orElse(0))
        .filter(m -> m.gate() != ReleaseManifest.State.CANDIDATE)
        .filter(m -> m.gate() != ReleaseManifest.State.RETIRED)
        .toList();
  }
}
