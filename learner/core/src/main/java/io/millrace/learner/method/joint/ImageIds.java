package io.millrace.learner.method.joint;

import io.millrace.learner.checkpoint.Sha256;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * Ids of images as numbers that a tensor of single precision holds exactly: two times 24 bits of
 * their SHA-256. Among 65,536 keys two images share them once in four billion images.
 */
final class ImageIds {
  /** Numbers of one id. */
  static final int COLUMNS = 2;

  private static final int DIGITS = 6; // hexadecimal: 24 bits

  private ImageIds() {}

  /** [ids, {@link #COLUMNS}]. */
  static Tensor of(Engine engine, List<String> ids) {
    float[] values = new float[ids.size() * COLUMNS];
    for (int i = 0; i < ids.size(); i++) {
      String hash = Sha256.of(ids.get(i).getBytes(StandardCharsets.UTF_8));
      for (int c = 0; c < COLUMNS; c++) {
        String part = hash.substring(c * DIGITS, (c + 1) * DIGITS);
        values[i * COLUMNS + c] = Integer.parseInt(part, 16);
      }
    }
    return engine.tensor(values, ids.size(), COLUMNS);
  }

  /** [n, k]: 1 where row n of the one is row k of the other, else 0. */
  static Tensor same(Tensor ids, Tensor others) {
    Tensor columns = others.permute(1, 0);
    Tensor same = null;
    for (int c = 0; c < COLUMNS; c++) {
      Tensor equal = ids.slice(1, c, c + 1).equalTo(columns.slice(0, c, c + 1));
      same = same == null ? equal : same.mul(equal);
    }
    return Objects.requireNonNull(same);
  }
}
