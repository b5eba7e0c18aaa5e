package io.millrace.ingest.stream;

import io.millrace.learner.release.ReleaseJson;
import java.io.IOException;

/** Which version of a model serving uses: the value under {@code model@serving}. */
public record ReleasePointer(String model, long version) {
  /** The pointer's key for a model. */
  public static String key(String model) {
    return model + "@serving";
  }

  /** As JSON in UTF-8. */
  public byte[] toJson() {
    return ReleaseJson.write(this);
  }

  /** From JSON. */
  public static ReleasePointer fromJson(byte[] json) throws IOException {
    return ReleaseJson.read(json, ReleasePointer.class);
  }
}
