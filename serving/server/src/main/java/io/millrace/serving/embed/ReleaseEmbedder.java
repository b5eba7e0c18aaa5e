package io.millrace.serving.embed;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The representation of a release: eval view → network in {@link Mode#EVAL} → unit vector. Neither
 * an image's input nor the normalization depends on the batch it comes in.
 */
public final class ReleaseEmbedder implements Embedder {
  private final LoadedRelease release;
  private final ModelVersion version;

  /**
   * @param release closed with this embedder
   */
  public ReleaseEmbedder(LoadedRelease release) {
    this.release = release;
    this.version = new ModelVersion(release.manifest().model(), release.manifest().version());
  }

  @Override
  public ModelVersion version() {
    return version;
  }

  @Override
  public int dim() {
    return release.manifest().featureDim();
  }

  @Override
  public String preprocessingHash() {
    return release.manifest().preprocessingHash();
  }

  @Override
  public float[] input(PixelImage image) {
    return release.view().of(image);
  }

  @Override
  public List<@Nullable Embedding> embedInputs(List<float[]> inputs) {
    int size = release.manifest().preprocessing().size();
    int one = 3 * size * size;
    float[] all = new float[inputs.size() * one];
    for (int i = 0; i < inputs.size(); i++) {
      System.arraycopy(inputs.get(i), 0, all, i * one, one);
    }
    float[] features = features(all, inputs.size(), size);
    int dim = features.length / inputs.size();
    List<@Nullable Embedding> out = new ArrayList<>(inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      out.add(Embedding.of(features, i * dim, dim));
    }
    return out;
  }

  private float[] features(float[] inputs, int images, int size) {
    Engine engine = release.engine();
    try (var scope = engine.scope()) {
      Tensor x = engine.tensor(inputs, images, 3, size, size);
      try (Activations activations = release.network().forward(x, Mode.EVAL, false)) {
        Tensor out = activations.output();
        if (out.shape().length != 2 || out.size(1) != dim()) {
          throw new IllegalStateException(
              version
                  + " gives features of shape "
                  + java.util.Arrays.toString(out.shape())
                  + ", its manifest says [batch, "
                  + dim()
                  + "]");
        }
        return out.toFloats();
      }
    }
  }

  @Override
  public void close() {
    release.close();
  }
}
