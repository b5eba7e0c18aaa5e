package io.millrace.ops.tracking;

import io.millrace.learner.release.ReleaseManifest;
import java.util.List;
import java.util.OptionalLong;

/**
 * A model's releases as they stand.
 *
 * @param releases oldest first
 * @param serving the version that serving uses; empty before the first
 */
public record TrackedReleases(List<ReleaseManifest> releases, OptionalLong serving) {
  public TrackedReleases {
    releases = List.copyOf(releases);
  }

  /** {@code serving}, or what the manifest says. */
  String state(ReleaseManifest release) {
    return serving.isPresent() && serving.getAsLong() == release.version()
        ? "serving"
        : release.gate().toString();
  }
}
