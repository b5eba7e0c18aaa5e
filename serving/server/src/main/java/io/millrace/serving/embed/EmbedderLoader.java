package io.millrace.serving.embed;

/** Makes the embedder of a release. Called on the thread that then embeds. */
@FunctionalInterface
public interface EmbedderLoader {
  /**
   * Loads a release.
   *
   * @param version the release
   * @param manifest its manifest as on {@code model.releases}
   * @throws ReleaseNotLoadedException when the release cannot be loaded now: weights that are
   *     missing or altered, a network this engine lacks. The caller keeps serving what it has and
   *     tries again
   */
  Embedder load(ModelVersion version, byte[] manifest) throws ReleaseNotLoadedException;
}
