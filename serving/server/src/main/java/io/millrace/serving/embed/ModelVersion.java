package io.millrace.serving.embed;

/**
 * Names one version of one model. Vectors of two versions are never compared.
 *
 * @param model model name
 * @param version release number, from 1
 */
public record ModelVersion(String model, long version) {
  public ModelVersion {
    if (model.isEmpty()) {
      throw new IllegalArgumentException("model name is empty: expected at least one character");
    }
    if (version < 1) {
      throw new IllegalArgumentException("version is " + version + ": expected 1 or more");
    }
  }

  /** As a person and a log line write it: {@code model@version}. */
  @Override
  public String toString() {
    return model + "@" + version;
  }
}
