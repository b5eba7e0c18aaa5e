package io.millrace.learner.nd4j.graph;

import static io.millrace.learner.tensor.SegmentLayout.join;

import io.millrace.learner.nd4j.kernel.Kernel;
import io.millrace.learner.nd4j.kernel.Kernels;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.UnsupportedLayerException;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/** Builds a network's computation graph over arrays that already exist. */
final class Graphs {
  private final String network;
  private final GraphPass run;
  private final FlatVectors vectors;
  private final GraphBuilder builder;
  private int vertices;

  private Graphs(String network, DataType type, GraphPass run, FlatVectors vectors) {
    this.network = network;
    this.run = run;
    this.vectors = vectors;
    this.builder =
        new NeuralNetConfiguration.Builder()
            .dataType(type)
            .trainingWorkspaceMode(WorkspaceMode.NONE)
            .inferenceWorkspaceMode(WorkspaceMode.NONE)
            .graphBuilder();
  }

  /** Where the chain stands: its last vertex, and what a next layer may do with its result. */
  private record End(String vertex, boolean free, boolean input) {}

  static ComputationGraph of(NetworkSpec spec, DataType type, GraphPass run, FlatVectors vectors) {
    return new Graphs(spec.name(), type, run, vectors).build(spec);
  }

  private ComputationGraph build(NetworkSpec spec) {
    builder.addInputs("in");
    boolean soleReader = !spec.children().isEmpty() && isKernel(spec.children().get(0).layer());
    End entrance = passThrough("entrance", "in", null, true);
    End end = new End(entrance.vertex(), false, soleReader);
    end = chain(end, "", spec.children(), spec.taps());
    builder.setOutputs(end.vertex());
    var graph = new ComputationGraph(builder.build());
    graph.init();
    return graph;
  }

  private static boolean isKernel(Layer layer) {
    return !(layer instanceof Layer.Sequential
        || layer instanceof Layer.Residual
        || layer instanceof Layer.Concat);
  }

  private End chain(End from, String at, List<Layer.Named> children, Set<String> taps) {
    End end = from;
    for (Layer.Named child : children) {
      String path = join(at, child.name());
      end = layer(end, path, child.layer());
      if (taps.contains(child.name())) {
        end = passThrough(path, end.vertex(), child.name(), false);
      }
    }
    return end;
  }

  private End layer(End from, String path, Layer layer) {
    if (layer instanceof Layer.Sequential s) {
      return chain(from, path, s.children(), Set.of());
    } else if (layer instanceof Layer.Residual r) {
      return residual(from, path, r);
    } else if (layer instanceof Layer.Concat c) {
      return concat(from, path, c);
    }
    Kernel kernel =
        Kernels.of(layer, vectors.of(path), from.free(), refused -> refusal(path, refused));
    String dotted = join(network, path);
    String vertex =
        add(
            path,
            new EngineVertex(
                (graph, name, index, t) ->
                    new KernelVertex(graph, name, index, t, run, kernel, dotted, from.input()),
                1),
            from.vertex());
    return new End(vertex, kernel.leavesResultFree(), false);
  }

  private End residual(End from, String path, Layer.Residual layer) {
    End body = branch(from, path, layer.body());
    End shortcut = unlike(body, path, branch(from, path, layer.shortcut()));
    boolean inPlace = body.free();
    String dotted = join(network, path);
    String vertex =
        add(
            path,
            new EngineVertex(
                (graph, name, index, t) ->
                    new SumVertex(graph, name, index, t, run, dotted, inPlace),
                2),
            body.vertex(),
            shortcut.vertex());
    return new End(vertex, true, false);
  }

  private End concat(End from, String path, Layer.Concat layer) {
    End first = branch(from, path, layer.first());
    End second = unlike(first, path, branch(from, path, layer.second()));
    String vertex =
        add(
            path,
            new EngineVertex(
                (graph, name, index, t) -> new ConcatVertex(graph, name, index, t, run), 2),
            first.vertex(),
            second.vertex());
    return new End(vertex, true, false);
  }

  /** Children that begin where others do, too. */
  private End branch(End from, String path, List<Layer.Named> children) {
    return chain(new End(from.vertex(), false, false), path, children, Set.of());
  }

  /** Deeplearning4j takes no vertex twice as an input of another. */
  private End unlike(End other, String path, End end) {
    return end.vertex().equals(other.vertex()) ? passThrough(path, end.vertex(), null, false) : end;
  }

  private End passThrough(String path, String from, @Nullable String tap, boolean entrance) {
    String vertex =
        add(
            path,
            new EngineVertex(
                (graph, name, index, t) ->
                    new PassThrough(graph, name, index, t, run, tap, entrance),
                1),
            from);
    return new End(vertex, false, false);
  }

  private String add(String path, EngineVertex vertex, String... inputs) {
    String name = vertices++ + " " + path;
    builder.addVertex(name, vertex, inputs);
    return name;
  }

  private UnsupportedLayerException refusal(String path, Layer layer) {
    return new UnsupportedLayerException(
        "engine nd4j lacks layer "
            + join(network, path)
            + " ("
            + layer.getClass().getSimpleName()
            + "); engine torch runs it");
  }
}
