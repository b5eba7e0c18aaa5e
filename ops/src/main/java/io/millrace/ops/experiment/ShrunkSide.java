package io.millrace.ops.experiment;

import io.millrace.learner.release.ReleaseManifest;
import io.millrace.ops.config.MillraceConfig;

/** How far images are shrunk before an experiment keeps them. */
final class ShrunkSide {
  private ShrunkSide() {}

  /**
   * The longest side that a release's images were shrunk to while it learned, in pixels; the
   * configuration's where an older release does not say.
   */
  static int of(ReleaseManifest release, MillraceConfig config) {
    int side = release.preprocessing().maxSide();
    return side > 0 ? side : config.learner().replay().maxSide();
  }
}
