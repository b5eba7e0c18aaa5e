package io.millrace.serving.embed;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.tensor.Tensor;
import io.millrace.serving.client.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Embeds, and gives the targets of the release's teacher for each image too. */
final class TargetingEmbedder implements Embedder {
  private final ServedModel model;
  private final AuxiliaryHook hook;

  /**
   * @param model closed with this
   */
  TargetingEmbedder(ServedModel model, AuxiliaryHook hook) {
    this.model = model;
    this.hook = hook;
    model.prepare(hook);
  }

  @Override
  public ModelVersion version() {
    return model.embedder().version();
  }

  @Override
  public int dim() {
    return model.embedder().dim();
  }

  @Override
  public String preprocessingHash() {
    return model.embedder().preprocessingHash();
  }

  @Override
  public float[] input(PixelImage image) {
    return model.embedder().input(image);
  }

  @Override
  public List<@Nullable Embedding> embedInputs(List<float[]> inputs) {
    return model.embedder().embedInputs(inputs);
  }

  @Override
  public List<Targets> targets(List<float[]> inputs) {
    int side = model.manifest().preprocessing().size();
    int one = 3 * side * side;
    float[] all = new float[inputs.size() * one];
    for (int i = 0; i < inputs.size(); i++) {
      System.arraycopy(inputs.get(i), 0, all, i * one, one);
    }
    try (var scope = model.engine().scope()) {
      Tensor view = model.engine().tensor(all, inputs.size(), 3, side, side);
      var values = new TreeMap<String, float[]>();
      for (Map.Entry<String, Tensor> e : hook.targets(model, view).entrySet()) {
        values.put(e.getKey(), e.getValue().toFloats());
      }
      var out = new ArrayList<Targets>();
      for (int i = 0; i < inputs.size(); i++) {
        out.add(row(values, i, inputs.size()));
      }
      return out;
    }
  }

  /** Row {@code i} of each matrix of {@code rows} rows. */
  private static Targets row(SortedMap<String, float[]> matrices, int i, int rows) {
    var out = new TreeMap<String, float[]>();
    matrices.forEach(
        (name, all) -> {
          int columns = all.length / rows;
          out.put(name, Arrays.copyOfRange(all, i * columns, (i + 1) * columns));
        });
    return new Targets(out);
  }

  @Override
  public void close() {
    model.close();
  }
}
