package io.millrace.learner.checkpoint;

import io.millrace.learner.checkpoint.CheckpointManifest.StoredEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The features of kept images as one tensor of the state's file, [rows, dimension]. */
final class ReplayFeatures {
  private static final String NAME = "replay.features";

  private final List<float[]> rows = new ArrayList<>();

  /** Adds a feature; its row, or null where there is none. */
  @Nullable Integer row(float @Nullable [] feature) {
    if (feature == null) {
      return null;
    }
    rows.add(feature);
    return rows.size() - 1;
  }

  /** Adds the tensor, where there are features. */
  void addTo(Map<String, HostTensor> tensors) {
    if (rows.isEmpty()) {
      return;
    }
    int dim = rows.get(0).length;
    float[] all = new float[rows.size() * dim];
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i).length != dim) {
        throw new IllegalArgumentException(
            "a replay feature of " + rows.get(i).length + " elements among ones of " + dim);
      }
      System.arraycopy(rows.get(i), 0, all, i * dim, dim);
    }
    tensors.put(NAME, new HostTensor(List.of((long) rows.size(), (long) dim), all));
  }

  /**
   * The feature of a stored entry.
   *
   * @throws IOException when its row is not in the file
   */
  static float @Nullable [] of(SafeTensors state, StoredEntry entry) throws IOException {
    Integer row = entry.row();
    if (row == null) {
      return entry.feature();
    }
    HostTensor tensor = state.tensors().get(NAME);
    if (tensor == null || row < 0 || row >= tensor.shape().get(0)) {
      throw new IOException(
          "row " + row + " of " + NAME + " is missing, which " + entry.id() + " needs");
    }
    int dim = Math.toIntExact(tensor.shape().get(1));
    return Arrays.copyOfRange((float[]) tensor.values(), row * dim, (row + 1) * dim);
  }
}
