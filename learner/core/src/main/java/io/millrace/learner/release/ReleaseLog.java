package io.millrace.learner.release;

import io.millrace.ingest.stream.ReleasePointer;
import java.util.List;
import java.util.OptionalLong;

/** The published releases: {@code model.releases}, or a list in memory. */
public interface ReleaseLog extends AutoCloseable {
  /** A model's releases, oldest first. */
  List<ReleaseManifest> releases(String model);

  /** The version that serving uses; empty before the first. */
  OptionalLong serving(String model);

  /** Publishes a manifest under its key; on return it is durable. */
  void publish(ReleaseManifest manifest);

  /** Points serving at a version; on return that is durable. */
  void serve(ReleasePointer pointer);

  @Override
  void close();
}
