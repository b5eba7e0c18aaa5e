package io.millrace.learner.torch;

import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.PositionGrid;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What is a vision transformer's own: tokens from patches, attention among them, maps of them. */
final class TokenLayerCompiler {
  private TokenLayerCompiler() {}

  /** The map of all tokens but the first; shares storage with them. */
  static Tensor map(Tensor x) {
    long patches = x.size(1) - 1;
    long side = Math.round(Math.sqrt(patches));
    if (side < 1 || side * side != patches) {
      throw new IllegalArgumentException(patches + " patch tokens make no square map");
    }
    try (Tensor others = x.narrow(1, 1, patches);
        Tensor channelsFirst = others.transpose(1, 2)) {
      return channelsFirst.reshape(x.size(0), x.size(2), side, side);
    }
  }

  /** Patches with a class token before them and positions added. */
  record PatchTokens(Layer.PatchTokens layer, Tensor token, Tensor positions, ScalarType storage)
      implements CompiledLayer {

    @Override
    public Tensor run(Tensor x, PassMode pass, boolean mayOverwrite) {
      if (x.dim() != 4 || x.size(2) != x.size(3)) {
        throw new IllegalArgumentException("expected a square map of patches");
      }
      try (Tensor flat = x.flatten(2, -1);
          Tensor patches = flat.transpose(1, 2).to(storage);
          Tensor first = token.expand(x.size(0), 1, layer.features());
          Tensor tokens = torch.cat(new TensorVector(first, patches), 1)) {
        return tokens.add(x.size(2) == layer.grid() ? positions : resampled(x.size(2)));
      }
    }

    /**
     * Positions for another grid, as products and sums rather than as matrix products: autocast
     * would round those to half precision.
     */
    private Tensor resampled(long side) {
      int from = layer.grid();
      Tensor matrix = matrix(from, Math.toIntExact(side));
      Tensor grid =
          positions.narrow(1, 1, (long) from * from).reshape(1, from, from, layer.features());
      Tensor rows = matrix.reshape(side, from, 1, 1).mul(grid).sum(1);
      Tensor columns =
          matrix
              .reshape(1, side, from, 1)
              .mul(rows.reshape(side, 1, from, layer.features()))
              .sum(2);
      Tensor patches = columns.reshape(1, side * side, layer.features());
      return torch.cat(new TensorVector(positions.narrow(1, 0, 1), patches), 1);
    }

    private Tensor matrix(int from, int to) {
      Tensor host =
          torch.empty(
              new long[] {to, from},
              new TensorOptions(ScalarType.Double),
              new MemoryFormatOptional(MemoryFormat.Contiguous));
      host.data_ptr_double().put(PositionGrid.resampling(from, to));
      return host.to(positions.device(), storage);
    }

    @Override
    public boolean leavesResultFree() {
      return true;
    }
  }

  /** Softmax attention of each head. */
  record SelfAttention(int heads, CompiledLayer qkv, CompiledLayer proj) implements CompiledLayer {

    @Override
    public Tensor run(Tensor x, PassMode pass, boolean mayOverwrite) {
      long batch = x.size(0);
      long tokens = x.size(1);
      long features = x.size(2);
      try (Tensor all = qkv.run(x, pass, false);
          Tensor split = all.reshape(batch, tokens, 3, heads, features / heads);
          Tensor byHead = split.permute(2, 0, 3, 1, 4);
          Tensor q = byHead.select(0, 0);
          Tensor k = byHead.select(0, 1);
          Tensor v = byHead.select(0, 2);
          Tensor attended = torch.scaled_dot_product_attention(q, k, v);
          Tensor sideBySide = attended.transpose(1, 2);
          Tensor joined = sideBySide.reshape(batch, tokens, features)) {
        return proj.run(joined, pass, false);
      }
    }

    @Override
    public boolean leavesResultFree() {
      return true;
    }
  }
}
