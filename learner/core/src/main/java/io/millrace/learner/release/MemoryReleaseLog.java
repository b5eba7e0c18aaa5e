package io.millrace.learner.release;

import io.millrace.ingest.stream.ReleasePointer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Releases of one process: for tests and for learning without Kafka. */
public final class MemoryReleaseLog implements ReleaseLog {
  private final Map<String, ReleaseManifest> manifests = new HashMap<>();
  private final Map<String, ReleasePointer> pointers = new HashMap<>();

  @Override
  public synchronized List<ReleaseManifest> releases(String model) {
    var out = new ArrayList<>(manifests.values());
    out.removeIf(manifest -> !manifest.model().equals(model));
    out.sort(Comparator.comparingLong(ReleaseManifest::version));
    return out;
  }

  @Override
  public synchronized Optional<ReleasePointer> pointer(String model) {
    return Optional.ofNullable(pointers.get(model));
  }

  @Override
  public synchronized void publish(ReleaseManifest manifest) {
    manifests.put(manifest.key(), manifest);
  }

  @Override
  public synchronized void serve(ReleasePointer pointer) {
    pointers.put(pointer.model(), pointer);
  }

  @Override
  public void close() {}
}
