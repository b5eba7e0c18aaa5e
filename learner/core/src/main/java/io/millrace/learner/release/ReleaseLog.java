package io.millrace.learner.release;

import io.millrace.ingest.stream.ReleasePointer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The published releases: {@code model.releases}, or a list in memory. */
public interface ReleaseLog extends AutoCloseable {
  /** A model's releases, oldest first. */
  List<ReleaseManifest> releases(String model);

  /** The version that serving uses; empty before the first. */
  default OptionalLong serving(String model) {
    return pointer(model).map(p -> OptionalLong.of(p.version())).orElseGet(OptionalLong::empty);
  }

  /** The version that serving uses, and what it used before; empty before the first. */
  Optional<ReleasePointer> pointer(String model);

  /** Points serving at a version; what it pointed at until now is kept as what served before. */
  default void serve(String model, long version) {
    serve(
        pointer(model)
            .map(p -> p.then(version))
            .orElseGet(() -> new ReleasePointer(model, version)));
  }

  /** Publishes a manifest under its key; on return it is durable. */
  void publish(ReleaseManifest manifest);

  /** Points serving at a version; on return that is durable. */
  void serve(ReleasePointer pointer);

  @Override
  void close();
}
