package io.millrace.learner.torch;

import io.millrace.learner.checkpoint.HostTensor;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * timm's vision transformer without its classifier, written against libtorch's functions over
 * tensors by timm's names: attention in single steps, positions resampled by libtorch itself.
 */
final class DirectVisionTransformer {
  private final Map<String, HostTensor> tensors;
  private final int heads;
  private final int depth;
  private final int patch;

  DirectVisionTransformer(Map<String, HostTensor> tensors, int heads, int depth, int patch) {
    this.tensors = tensors;
    this.heads = heads;
    this.depth = depth;
    this.patch = patch;
  }

  /** The normalized class token of each image, image after image. */
  float[] features(Tensor images) {
    GradMode.set_enabled(false);
    try {
      long[] stride = {patch, patch};
      Tensor map =
          torch.conv2d(
              images,
              tensor("patch_embed.proj.weight"),
              new TensorOptional(tensor("patch_embed.proj.bias")),
              stride,
              new long[] {0, 0},
              new long[] {1, 1},
              1);
      long side = map.size(2);
      long features = map.size(1);
      Tensor x = map.flatten(2, -1).transpose(1, 2);
      Tensor first = tensor("cls_token").expand(x.size(0), 1, features);
      x = torch.cat(new TensorVector(first, x), 1).add(positions(side));
      for (int block = 0; block < depth; block++) {
        String at = "blocks." + block + ".";
        x = x.add(attention(at + "attn.", norm(at + "norm1", x)));
        Tensor hidden = torch.gelu(linear(at + "mlp.fc1", norm(at + "norm2", x)));
        x = x.add(linear(at + "mlp.fc2", hidden));
      }
      Tensor token = norm("norm", x).select(1, 0).contiguous();
      float[] values = new float[(int) token.numel()];
      token.data_ptr_float().get(values);
      return values;
    } finally {
      GradMode.set_enabled(true);
    }
  }

  private Tensor positions(long side) {
    Tensor all = tensor("pos_embed");
    long learned = Math.round(Math.sqrt(all.size(1) - 1));
    if (learned == side) {
      return all;
    }
    Tensor grid =
        all.narrow(1, 1, learned * learned)
            .reshape(1, learned, learned, all.size(2))
            .permute(0, 3, 1, 2);
    Tensor resized =
        torch.upsample_bicubic2d(
            grid, new long[] {side, side}, false, new DoubleOptional(), new DoubleOptional());
    Tensor patches = resized.permute(0, 2, 3, 1).reshape(1, side * side, all.size(2));
    return torch.cat(new TensorVector(all.narrow(1, 0, 1), patches), 1);
  }

  private Tensor attention(String at, Tensor x) {
    long batch = x.size(0);
    long tokens = x.size(1);
    long features = x.size(2);
    long length = features / heads;
    Tensor qkv = linear(at + "qkv", x);
    Tensor[] parts = new Tensor[3];
    for (int i = 0; i < 3; i++) {
      parts[i] =
          qkv.narrow(2, i * features, features)
              .reshape(batch, tokens, heads, length)
              .transpose(1, 2);
    }
    Tensor likeness =
        parts[0].matmul(parts[1].transpose(2, 3)).div(new Scalar(Math.sqrt((double) length)));
    Tensor attended = torch.softmax(likeness, -1).matmul(parts[2]);
    return linear(at + "proj", attended.transpose(1, 2).reshape(batch, tokens, features));
  }

  private Tensor norm(String at, Tensor x) {
    return torch.layer_norm(
        x,
        new long[] {x.size(2)},
        new TensorOptional(tensor(at + ".weight")),
        new TensorOptional(tensor(at + ".bias")),
        1e-6,
        false);
  }

  private Tensor linear(String at, Tensor x) {
    return torch.linear(x, tensor(at + ".weight"), new TensorOptional(tensor(at + ".bias")));
  }

  private Tensor tensor(String name) {
    HostTensor tensor = Objects.requireNonNull(tensors.get(name), name);
    long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    return torch.tensor((float[]) tensor.values()).reshape(shape);
  }
}
