package io.millrace.serving.http;

import io.javalin.http.Context;
import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.serving.auxloss.DenseArray;
import io.millrace.serving.auxloss.HookEvaluator;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ServedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The models {@code embed}, {@code teacher} and {@code auxiliary/<method>}. */
final class InferRoutes {
  static final String EMBED = "embed";
  static final String TEACHER = "teacher";
  static final String AUXILIARY = "auxiliary/";

  private final InferenceCalls calls;
  private final ImageInputs images;
  private final ApiSettings settings;

  InferRoutes(InferenceCalls calls, ImageInputs images, ApiSettings settings) {
    this.calls = calls;
    this.images = images;
    this.settings = settings;
  }

  /**
   * What a model takes and gives.
   *
   * @param version pinned version; null for the one that serves
   */
  Map<String, Object> metadata(String name, @Nullable String version) {
    ReleaseManifest release = calls.release(version);
    var inputs = new ArrayList<Map<String, Object>>();
    var outputs = new ArrayList<Map<String, Object>>();
    var parameters = new LinkedHashMap<String, Object>();
    parameters.put("model", release.model());
    parameters.put("method", release.method());
    parameters.put("side", release.preprocessing().size());
    parameters.put("preprocessing", release.preprocessingHash());
    inputs.add(images(release.preprocessing().size()));
    if (name.equals(EMBED)) {
      outputs.add(tensor("embedding", InferTensor.FP32, -1, release.featureDim()));
      outputs.add(tensor("norm", InferTensor.FP32, -1));
    } else {
      AuxiliaryHook hook = hook(name, release);
      parameters.put("objective", new TreeMap<>(hook.parameters()));
      if (name.equals(TEACHER)) {
        teacherOutputs(hook, release).forEach(o -> outputs.add(ofTeacher(o, hook, release)));
      } else {
        new TreeMap<>(hook.predictions())
            .forEach((input, columns) -> inputs.add(tensor(input, InferTensor.FP32, -1, columns)));
        outputs.add(tensor("loss", InferTensor.FP32, 1));
        new TreeMap<>(hook.predictions())
            .forEach(
                (input, columns) ->
                    outputs.add(tensor(gradient(hook, input), InferTensor.FP32, -1, columns)));
      }
    }
    var out = new LinkedHashMap<String, Object>();
    out.put("name", name);
    out.put("versions", calls.versions(release));
    out.put("platform", "millrace_" + release.method());
    out.put("inputs", inputs);
    out.put("outputs", outputs);
    out.put("parameters", parameters);
    return out;
  }

  /** One input that is consumed three forms; the protocol has room for one beside the name. */
  private static Map<String, Object> images(int side) {
    var input = tensor(ImageInputs.INPUT, InferTensor.UINT8, -1, 3, -1, -1);
    var alternatives =
        List.of(
            tensor(ImageInputs.INPUT, InferTensor.FP32, -1, 3, side, side),
            tensor(ImageInputs.INPUT, InferTensor.BYTES, -1));
    input.put("parameters", Map.of("alternatives", alternatives));
    return input;
  }

  private static Map<String, Object> ofTeacher(
      String output, AuxiliaryHook hook, ReleaseManifest release) {
    NetworkSpec teacher = release.networks().get(hook.teacher());
    if (output.startsWith(HookEvaluator.MAP)) {
      String tap = output.substring(HookEvaluator.MAP.length());
      return tensor(output, InferTensor.FP32, -1, channels(teacher, tap), -1, -1);
    }
    return tensor(
        output,
        InferTensor.FP32,
        -1,
        output.equals(HookEvaluator.FEATURES) ? channels(teacher, null) : -1);
  }

  /** Features of a tap, or of the network; −1 where it is not in the release. */
  private static int channels(@Nullable NetworkSpec network, @Nullable String tap) {
    if (network == null) {
      return -1;
    }
    int width = network.input().get(0);
    for (Layer.Named child : network.children()) {
      if (child.name().equals(tap)) {
        return child.layer().tappedOutputs(width);
      }
      width = child.layer().outputs(width);
    }
    return width;
  }

  private static Map<String, Object> tensor(String name, String datatype, long... shape) {
    var out = new LinkedHashMap<String, Object>();
    out.put("name", name);
    out.put("datatype", datatype);
    out.put("shape", Arrays.stream(shape).boxed().toList());
    return out;
  }

  /** Answers an inference request. */
  void infer(Context ctx, String name, @Nullable String version) {
    ReleaseManifest release = calls.release(version);
    RequestContext context = RequestContext.of(ctx);
    InferRequest request =
        InferReader.read(context.body(), ctx.header("Inference-Header-Content-Length"));
    Map<String, DenseArray> outputs =
        name.equals(EMBED)
            ? embed(request, release, context)
            : name.equals(TEACHER)
                ? teacher(request, release, context)
                : auxiliary(name, request, release, context);
    InferResponse answer = InferResponse.of(name, release.version(), request, outputs);
    ctx.header("Millrace-Model-Version", release.key());
    if (answer.headerLength() >= 0) {
      ctx.header("Inference-Header-Content-Length", Integer.toString(answer.headerLength()));
      ctx.contentType("application/octet-stream");
    } else {
      ctx.contentType("application/json");
    }
    ctx.result(answer.body());
  }

  private Map<String, DenseArray> embed(
      InferRequest request, ReleaseManifest release, RequestContext context) {
    request.requireOnly(List.of(ImageInputs.INPUT), List.of("embedding", "norm"));
    DenseArray view =
        images.view(request.input(ImageInputs.INPUT), release.preprocessing(), context);
    List<@Nullable Embedding> embedded =
        calls.run(
            release,
            EMBED,
            images(view),
            context,
            model -> model.embedder().embedInputs(rows(view)));
    int dim = release.featureDim();
    float[] vectors = new float[embedded.size() * dim];
    float[] norms = new float[embedded.size()];
    for (int i = 0; i < norms.length; i++) {
      Embedding one = embedded.get(i);
      if (one == null) {
        throw new ApiError(
            422, ImageInputs.INPUT, "image " + i + " has features that are not finite or all zero");
      }
      System.arraycopy(one.vector(), 0, vectors, i * dim, dim);
      norms[i] = (float) one.norm();
    }
    var out = new LinkedHashMap<String, DenseArray>();
    out.put("embedding", new DenseArray(List.of((long) norms.length, (long) dim), vectors));
    out.put("norm", new DenseArray(List.of((long) norms.length), norms));
    return out;
  }

  private static int images(DenseArray view) {
    return (int) (long) view.shape().get(0);
  }

  /** The images of a batch, each by itself. */
  private static List<float[]> rows(DenseArray view) {
    int n = images(view);
    int one = view.values().length / n;
    var out = new ArrayList<float[]>(n);
    for (int i = 0; i < n; i++) {
      out.add(Arrays.copyOfRange(view.values(), i * one, (i + 1) * one));
    }
    return out;
  }

  private Map<String, DenseArray> teacher(
      InferRequest request, ReleaseManifest release, RequestContext context) {
    AuxiliaryHook hook = hook(TEACHER, release);
    request.requireOnly(List.of(ImageInputs.INPUT), List.copyOf(teacherOutputs(hook, release)));
    DenseArray view =
        images.view(request.input(ImageInputs.INPUT), release.preprocessing(), context);
    var wanted = new TreeSet<>(request.outputs().keySet());
    wanted.removeAll(targets(hook));
    return calls.run(
        release,
        TEACHER,
        images(view),
        context,
        model -> HookEvaluator.teacher(model, hook, view, wanted));
  }

  private Map<String, DenseArray> auxiliary(
      String name, InferRequest request, ReleaseManifest release, RequestContext context) {
    AuxiliaryHook hook = hook(name, release);
    var allowed = new ArrayList<>(new TreeSet<>(hook.predictions().keySet()));
    allowed.add(ImageInputs.INPUT);
    var outputs = new ArrayList<>(List.of("loss"));
    hook.predictions().keySet().forEach(p -> outputs.add(gradient(hook, p)));
    request.requireOnly(allowed, outputs);
    var predictions = new TreeMap<String, DenseArray>();
    hook.predictions()
        .forEach(
            (input, columns) ->
                predictions.put(
                    input,
                    request
                        .input(input)
                        .matrix(columns, Math.multiplyExact(64, settings.maxBatch()))));
    DenseArray view =
        images.view(request.input(ImageInputs.INPUT), release.preprocessing(), context);
    HookEvaluator.Answer answer =
        calls.run(
            release,
            "auxiliary",
            images(view),
            context,
            model -> HookEvaluator.of(model, hook, view, predictions));
    var out = new LinkedHashMap<String, DenseArray>();
    out.put("loss", new DenseArray(List.of(1L), new float[] {answer.loss()}));
    answer.gradients().forEach((p, values) -> out.put(gradient(hook, p), values));
    return out;
  }

  private static String gradient(AuxiliaryHook hook, String prediction) {
    return hook.predictions().size() == 1 ? "gradient" : "gradient." + prediction;
  }

  /** The objective's inputs that the teacher gives. */
  private static TreeSet<String> targets(AuxiliaryHook hook) {
    var targets = new TreeSet<>(hook.objective().inputs());
    targets.removeAll(hook.objective().differentiable());
    targets.removeAll(hook.constantNames());
    return targets;
  }

  private static LinkedHashSet<String> teacherOutputs(AuxiliaryHook hook, ReleaseManifest release) {
    var names = new LinkedHashSet<String>(targets(hook));
    names.addAll(new TreeSet<>(hook.constantNames()));
    names.add(HookEvaluator.FEATURES);
    var teacher = release.networks().get(hook.teacher());
    if (teacher != null) {
      new TreeSet<>(teacher.taps()).forEach(tap -> names.add(HookEvaluator.MAP + tap));
    }
    return names;
  }

  /** The teacher is that of the method's own loss; of a method without one, the release itself. */
  private static AuxiliaryHook hook(String name, ReleaseManifest release) {
    SortedMap<String, AuxiliaryHook> hooks = ServedModel.hooks(release);
    String method = release.method();
    if (name.equals(TEACHER)) {
      method = hooks.containsKey(method) || hooks.isEmpty() ? method : hooks.firstKey();
    } else {
      method = name.substring(AUXILIARY.length());
    }
    AuxiliaryHook hook = hooks.get(method);
    if (hook == null) {
      throw new ApiError(
          404,
          "model",
          release.key()
              + " was learned by "
              + release.method()
              + ": it has no model '"
              + name
              + "', its losses are "
              + hooks.keySet().stream().map(AUXILIARY::concat).toList());
    }
    return hook;
  }
}
