package io.millrace.learner.torch;

import static io.millrace.learner.tensor.SegmentLayout.join;

import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.NetworkSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Makes the steps of a network from its layer records. */
final class LayerCompiler {
  private static final double NORM_FLOOR = 1e-12;

  private final String network;
  private final Map<String, Tensor> tensors;
  private final Natives natives;
  private final ScalarType storage;

  private LayerCompiler(
      String network, Map<String, Tensor> tensors, Natives natives, ScalarType storage) {
    this.network = network;
    this.tensors = tensors;
    this.natives = natives;
    this.storage = storage;
  }

  /**
   * The steps of a network.
   *
   * @param tensors parameters and statistics by segment name
   * @param natives owner of every constant the steps hold
   * @param storage element type that normalizing layers compute in
   */
  static CompiledSequence of(
      NetworkSpec spec, Map<String, Tensor> tensors, Natives natives, ScalarType storage) {
    return new LayerCompiler(spec.name(), tensors, natives, storage)
        .chain("", spec.children(), spec.taps());
  }

  private CompiledSequence chain(String at, List<Layer.Named> children, Set<String> taps) {
    var links = new ArrayList<CompiledSequence.Link>();
    for (Layer.Named child : children) {
      String path = join(at, child.name());
      links.add(
          new CompiledSequence.Link(
              join(network, path),
              child.name(),
              step(path, child.layer()),
              child.layer() instanceof Layer.Aside,
              taps.contains(child.name())));
    }
    return new CompiledSequence(links);
  }

  private CompiledLayer step(String at, Layer layer) {
    return layer.accept(new StepOf(at));
  }

  /** The step of the layer at this place in the network. */
  private final class StepOf implements Layer.Visitor<CompiledLayer> {
    private final String at;

    StepOf(String at) {
      this.at = at;
    }

    @Override
    public CompiledLayer conv2d(Layer.Conv2d c) {
      return convolution(at, c);
    }

    @Override
    public CompiledLayer convTranspose2d(Layer.ConvTranspose2d c) {
      return transposedConvolution(at, c);
    }

    @Override
    public CompiledLayer batchNorm(Layer.BatchNorm b) {
      return LayerCompiler.this.batchNorm(at, b);
    }

    @Override
    public CompiledLayer linear(Layer.Linear l) {
      return LayerCompiler.this.linear(at);
    }

    @Override
    public CompiledLayer weightNormLinear(Layer.WeightNormLinear layer) {
      Tensor direction = tensors.get(join(at, "weight_v"));
      return free(x -> torch.linear(x, unit(direction, 1)));
    }

    @Override
    public CompiledLayer relu(Layer.Relu layer) {
      return new Relu();
    }

    @Override
    public CompiledLayer leakyRelu(Layer.LeakyRelu l) {
      Scalar slope = natives.scalar(l.slope());
      return free(x -> torch.leaky_relu(x, slope));
    }

    @Override
    public CompiledLayer gelu(Layer.Gelu layer) {
      return free(torch::gelu);
    }

    @Override
    public CompiledLayer sigmoid(Layer.Sigmoid layer) {
      return saved(torch::sigmoid);
    }

    @Override
    public CompiledLayer tanh(Layer.Tanh layer) {
      return saved(torch::tanh);
    }

    @Override
    public CompiledLayer maxPool2d(Layer.MaxPool2d p) {
      long[] kernel = both(p.kernel());
      long[] stride = both(p.stride());
      long[] padding = both(p.padding());
      return free(x -> torch.max_pool2d(x, kernel, stride, padding, both(1), false));
    }

    @Override
    public CompiledLayer globalAveragePool(Layer.GlobalAveragePool layer) {
      var type = natives.own(() -> new ScalarTypeOptional(storage));
      return free(x -> torch.mean(x, new long[] {2, 3}, false, type));
    }

    @Override
    public CompiledLayer flatten(Layer.Flatten layer) {
      return saved(x -> x.reshape(x.size(0), -1));
    }

    @Override
    public CompiledLayer toImage(Layer.ToImage i) {
      return saved(x -> x.reshape(x.size(0), i.channels(), i.height(), i.width()));
    }

    @Override
    public CompiledLayer upsample(Layer.Upsample u) {
      var scale = natives.own(() -> new DoubleOptional(u.factor()));
      return free(
          x -> {
            long[] size = {x.size(2) * u.factor(), x.size(3) * u.factor()};
            return torch.upsample_nearest2d(x, size, scale, scale);
          });
    }

    @Override
    public CompiledLayer l2Normalize(Layer.L2Normalize layer) {
      return free(x -> unit(x.to(storage), -1));
    }

    @Override
    public CompiledLayer layerNorm(Layer.LayerNorm n) {
      return LayerCompiler.this.layerNorm(at, n);
    }

    @Override
    public CompiledLayer patchTokens(Layer.PatchTokens t) {
      return new TokenLayerCompiler.PatchTokens(
          t, tensors.get(join(at, "cls_token")), tensors.get(join(at, "pos_embed")), storage);
    }

    @Override
    public CompiledLayer selfAttention(Layer.SelfAttention a) {
      return new TokenLayerCompiler.SelfAttention(
          a.heads(),
          LayerCompiler.this.linear(join(at, "qkv")),
          LayerCompiler.this.linear(join(at, "proj")));
    }

    @Override
    public CompiledLayer classToken(Layer.ClassToken layer) {
      return saved(x -> x.select(1, 0));
    }

    @Override
    public CompiledLayer patchMap(Layer.PatchMap layer) {
      return saved(TokenLayerCompiler::map);
    }

    @Override
    public CompiledLayer aside(Layer.Aside a) {
      return step(at, a.body());
    }

    @Override
    public CompiledLayer sequential(Layer.Sequential s) {
      return chain(at, s.children(), Set.of());
    }

    @Override
    public CompiledLayer residual(Layer.Residual r) {
      return new Residual(chain(at, r.body(), Set.of()), chain(at, r.shortcut(), Set.of()));
    }

    @Override
    public CompiledLayer concat(Layer.Concat c) {
      return new Concat(chain(at, c.first(), Set.of()), chain(at, c.second(), Set.of()));
    }
  }

  private CompiledLayer convolution(String at, Layer.Conv2d c) {
    Tensor weight = tensors.get(join(at, "weight"));
    TensorOptional bias = bias(at);
    long[] stride = both(c.stride());
    long[] padding = both(c.padding());
    if (overrunsWhenChannelsLast(c)) {
      return free(x -> torch.conv2d(x.contiguous(), weight, bias, stride, padding, both(1), 1));
    }
    return free(x -> torch.conv2d(x, weight, bias, stride, padding, both(1), 1));
  }

  /**
   * oneDNN gathers the pixels of a strided 1×1 convolution over channels-last images into a buffer
   * sized for the true channel count, then fills it in whole vectors of 8 or 16 channels: with
   * fewer it writes beyond the end (seen on AVX2 with one thread, 4 channels, in the weights'
   * gradient). Row-major images take another way.
   */
  private static boolean overrunsWhenChannelsLast(Layer.Conv2d c) {
    return c.kernel() == 1 && c.stride() > 1 && c.in() % 16 != 0;
  }

  private CompiledLayer transposedConvolution(String at, Layer.ConvTranspose2d c) {
    Tensor weight = tensors.get(join(at, "weight"));
    TensorOptional bias = bias(at);
    long[] stride = both(c.stride());
    long[] padding = both(c.padding());
    return free(x -> torch.conv_transpose2d(x, weight, bias, stride, padding, both(0), 1, both(1)));
  }

  private CompiledLayer linear(String at) {
    Tensor weight = tensors.get(join(at, "weight"));
    TensorOptional bias = bias(at);
    return free(x -> torch.linear(x, weight, bias));
  }

  private CompiledLayer layerNorm(String at, Layer.LayerNorm n) {
    TensorOptional weight = natives.optional(tensors.get(join(at, "weight")));
    TensorOptional bias = bias(at);
    long[] shape = {n.features()};
    return free(x -> torch.layer_norm(x.to(storage), shape, weight, bias, n.epsilon(), false));
  }

  private CompiledLayer batchNorm(String at, Layer.BatchNorm b) {
    TensorOptional weight = natives.optional(tensors.get(join(at, "weight")));
    TensorOptional bias = bias(at);
    TensorOptional mean = natives.optional(tensors.get(join(at, "running_mean")));
    TensorOptional variance = natives.optional(tensors.get(join(at, "running_var")));
    TensorOptional none = natives.optional(null);
    return new CompiledLayer() {
      @Override
      public Tensor run(Tensor x, PassMode pass, boolean mayOverwrite) {
        boolean byBatch = pass.normalizesByBatch();
        if (byBatch && x.numel() == x.size(1)) {
          throw new IllegalArgumentException(
              "a batch with one value per feature has no variance to normalize by");
        }
        boolean touch = pass.updatesStatistics() || !byBatch;
        return torch.batch_norm(
            x,
            weight,
            bias,
            touch ? mean : none,
            touch ? variance : none,
            byBatch,
            b.momentum(),
            b.epsilon(),
            true);
      }

      @Override
      public boolean leavesResultFree() {
        return true;
      }
    };
  }

  private TensorOptional bias(String at) {
    return natives.optional(tensors.get(join(at, "bias")));
  }

  /** x / max(‖x‖₂, 1e-12) along one dimension. */
  private Tensor unit(Tensor x, long dim) {
    Tensor norm =
        torch.linalg_vector_norm(
            x, new Scalar(2.0), new long[] {dim}, true, new ScalarTypeOptional());
    return x.div(torch.clamp_min(norm, new Scalar(NORM_FLOOR)));
  }

  private interface Function {
    Tensor of(Tensor x);
  }

  /** A step whose result autograd does not save. */
  private static CompiledLayer free(Function function) {
    return new CompiledLayer() {
      @Override
      public Tensor run(Tensor x, PassMode pass, boolean mayOverwrite) {
        return function.of(x);
      }

      @Override
      public boolean leavesResultFree() {
        return true;
      }
    };
  }

  /** A step whose result autograd saves, or that shares storage with its input. */
  private static CompiledLayer saved(Function function) {
    return (x, pass, mayOverwrite) -> function.of(x);
  }

  private static final class Relu implements CompiledLayer {
    @Override
    public Tensor run(Tensor x, PassMode pass, boolean mayOverwrite) {
      if (!mayOverwrite) {
        return torch.relu(x);
      }
      torch.relu_(x);
      return x;
    }
  }

  private record Residual(CompiledSequence body, CompiledSequence shortcut)
      implements CompiledLayer {
    @Override
    public Tensor run(Tensor x, PassMode pass, boolean mayOverwrite) {
      Tensor changed = body.run(x, pass, false);
      Tensor carried = shortcut.run(x, pass, false);
      if (changed != x
          && body.leavesResultFree()
          && changed.scalar_type() == carried.scalar_type()) {
        changed.add_(carried);
        release(carried, x);
        return changed;
      }
      Tensor sum = torch.add(changed, carried);
      release(changed, x);
      release(carried, x);
      return sum;
    }

    @Override
    public boolean leavesResultFree() {
      return true;
    }
  }

  private record Concat(CompiledSequence first, CompiledSequence second) implements CompiledLayer {
    @Override
    public Tensor run(Tensor x, PassMode pass, boolean mayOverwrite) {
      Tensor before = first.run(x, pass, false);
      Tensor behind = second.run(x, pass, false);
      Tensor both = torch.cat(new TensorVector(before, behind), 1);
      release(before, x);
      release(behind, x);
      return both;
    }

    @Override
    public boolean leavesResultFree() {
      return true;
    }
  }

  /** Closes a branch's result, where the branch did not return its input. */
  private static void release(Tensor tensor, Tensor input) {
    if (tensor != input) {
      tensor.close();
    }
  }

  private static long[] both(long length) {
    return new long[] {length, length};
  }
}
