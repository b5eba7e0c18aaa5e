package io.millrace.serving.http;

import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.learner.release.ReleaseManifest;
import java.util.List;
import java.util.OptionalLong;

/** The releases of the model that is served, as they are known now. From any thread. */
public interface ReleaseCatalog {
  /** Name of the model. */
  String model();

  /** Its releases, oldest first. */
  List<ReleaseManifest> releases();

  /** The version that answers where the client pins none; empty before the first. */
  OptionalLong serving();

  /**
   * Makes a release the one that serves.
   *
   * @throws IllegalArgumentException when there is none of this version
   */
  void promote(long version);

  /**
   * Keeps a release from serving.
   *
   * @throws IllegalArgumentException when there is none of this version, or it serves
   */
  void reject(long version, String why);

  /** The version that is promoted: it serves once it is complete; empty before the first. */
  OptionalLong promoted();

  /** The version that {@link #rollback} would go to; empty where nothing served before. */
  OptionalLong rollbackTarget();

  /**
   * Goes back to the release that served before the promoted one, which is rejected.
   *
   * @throws IllegalArgumentException when there is none
   */
  ReleaseDecisions.RolledBack rollback();

  /** Forgets an image everywhere. */
  void forget(String imageId);
}
