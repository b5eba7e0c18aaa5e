package io.millrace.learner.torch;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.SegmentLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** ResNet-18 with the small stem, written against libtorch's own modules and its own SGD. */
public final class DirectResNet18 {
  private final Map<String, Tensor> tensors = new HashMap<>();
  private final List<Tensor> parameters = new ArrayList<>();
  private final List<BatchNorm2dImpl> norms = new ArrayList<>();
  private final List<Block> blocks = new ArrayList<>();
  private final Conv2dImpl stem;
  private final BatchNorm2dImpl stemNorm;
  private final SGD optimizer;

  private record Block(
      Conv2dImpl conv1,
      BatchNorm2dImpl bn1,
      Conv2dImpl conv2,
      BatchNorm2dImpl bn2,
      List<Conv2dImpl> down,
      List<BatchNorm2dImpl> downNorm) {

    Tensor forward(Tensor x) {
      Tensor y = torch.relu(bn1.forward(conv1.forward(x)));
      y = bn2.forward(conv2.forward(y));
      Tensor shortcut = down.isEmpty() ? x : downNorm.get(0).forward(down.get(0).forward(x));
      return torch.relu(y.add(shortcut));
    }
  }

  public DirectResNet18(int channels, double learningRate, double momentum) {
    stem = conv("conv1", 3, channels, 3, 1, 1);
    stemNorm = norm("bn1", channels);
    int in = channels;
    for (int stage = 0; stage < 4; stage++) {
      int out = channels << stage;
      for (int i = 0; i < 2; i++) {
        String at = "layer" + (stage + 1) + "." + i + ".";
        int stride = i == 0 && stage > 0 ? 2 : 1;
        boolean changes = stride != 1 || in != out;
        blocks.add(
            new Block(
                conv(at + "conv1", in, out, 3, stride, 1),
                norm(at + "bn1", out),
                conv(at + "conv2", out, out, 3, 1, 1),
                norm(at + "bn2", out),
                changes ? List.of(conv(at + "downsample.0", in, out, 1, stride, 0)) : List.of(),
                changes ? List.of(norm(at + "downsample.1", out)) : List.of()));
        in = out;
      }
    }
    var options = new SGDOptions(learningRate);
    options.momentum().put(momentum);
    optimizer = new SGD(new TensorVector(parameters.toArray(Tensor[]::new)), options);
  }

  private Conv2dImpl conv(String name, int in, int out, int kernel, int stride, int padding) {
    var options = new Conv2dOptions(in, out, new LongPointer(kernel, kernel));
    options.stride().put(new long[] {stride, stride});
    options.padding().put(new LongPointer(padding, padding));
    options.bias().put(false);
    var layer = new Conv2dImpl(options);
    parameter(name + ".weight", layer.weight());
    return layer;
  }

  private BatchNorm2dImpl norm(String name, int features) {
    var layer = new BatchNorm2dImpl(new BatchNormOptions(features));
    parameter(name + ".weight", layer.weight());
    parameter(name + ".bias", layer.bias());
    tensors.put(name + ".running_mean", layer.running_mean());
    tensors.put(name + ".running_var", layer.running_var());
    norms.add(layer);
    return layer;
  }

  private void parameter(String name, Tensor tensor) {
    tensors.put(name, tensor);
    parameters.add(tensor);
  }

  private Tensor pooled(Tensor images) {
    Tensor y = torch.relu(stemNorm.forward(stem.forward(images)));
    for (Block block : blocks) {
      y = block.forward(y);
    }
    return torch.adaptive_avg_pool2d(y, 1, 1).flatten();
  }

  /** Features in evaluation mode, image after image. */
  float[] features(Tensor images) {
    norms.forEach(BatchNorm2dImpl::eval);
    return values(pooled(images));
  }

  /** One step on mean(output²); returns that loss before the step. */
  public double step(Tensor images) {
    Tensor pooled = pooled(images);
    Tensor loss = pooled.mul(pooled).mean();
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    return loss.item_double();
  }

  public void set(SegmentLayout layout, float[] values) {
    boolean recording = GradMode.is_enabled();
    GradMode.set_enabled(false);
    try {
      each(
          layout.parameters(),
          (segment, tensor) -> {
            int from = (int) segment.offset();
            float[] part = Arrays.copyOfRange(values, from, from + (int) segment.size());
            tensor.copy_(torch.tensor(part).reshape(Native.shapeOf(tensor)));
          });
    } finally {
      GradMode.set_enabled(recording);
    }
  }

  /** Tensors one after another, where the flat vector has them. */
  float[] get(List<Segment> segments, long length) {
    float[] values = new float[(int) length];
    each(
        segments,
        (segment, tensor) -> {
          float[] part = values(tensor);
          System.arraycopy(part, 0, values, (int) segment.offset(), part.length);
        });
    return values;
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[(int) tensor.numel()];
    tensor.detach().contiguous().data_ptr_float().get(values);
    return values;
  }

  /** Loads tensors by name as PyTorch's {@code load_state_dict} does: all there are, no others. */
  void load(Map<String, HostTensor> named) {
    Set<String> given = new TreeSet<>(named.keySet());
    given.removeIf(name -> name.endsWith("num_batches_tracked"));
    if (!given.equals(new TreeSet<>(tensors.keySet()))) {
      throw new AssertionError("tensors " + given + ", not " + tensors.keySet());
    }
    GradMode.set_enabled(false);
    try {
      tensors.forEach(
          (name, tensor) -> {
            HostTensor from = Objects.requireNonNull(named.get(name));
            long[] shape = from.shape().stream().mapToLong(Long::longValue).toArray();
            if (!Arrays.equals(shape, Native.shapeOf(tensor))) {
              throw new AssertionError(name + " has shape " + from.shape());
            }
            tensor.copy_(torch.tensor((float[]) from.values()).reshape(shape));
          });
    } finally {
      GradMode.set_enabled(true);
    }
  }

  private void each(List<Segment> segments, BiConsumer<Segment, Tensor> work) {
    for (Segment segment : segments) {
      Tensor tensor = tensors.get(segment.name());
      if (tensor == null) {
        throw new AssertionError("no tensor " + segment.name());
      }
      work.accept(segment, tensor);
    }
  }
}
