package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.method.distillation.DistillationSettings;
import io.millrace.learner.method.distillation.ReleasedTeacher;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.pretext.RotationSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.MixSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.settings.PastSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.testing.SegmentTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A backbone that begins from a file, and stays as it is while fresh heads learn. */
public abstract class BackboneStartContract extends TinyMethodContract {
  private static final Preprocessing SMALL = Preprocessing.defaults().withSize(16);
  private static final Preprocessing USUAL = Preprocessing.defaults();
  private static final BackboneSettings RESNET = BackboneSettings.defaults().withWidth(0.125);

  @TempDir Path directory;

  private static ByolSettings byol() {
    ByolSettings d = ByolSettings.defaults();
    return new ByolSettings(
        d.firstView().withSize(16),
        d.secondView().withSize(16),
        16,
        8,
        16,
        0.9,
        d.optimizer(),
        ScheduleSettings.constant(0.05, 0));
  }

  private static Method byol(ModelSettings model) {
    return Methods.create("byol", model, byol());
  }

  private static ModelSettings model(BackboneSettings backbone) {
    return new ModelSettings(3, backbone, SMALL);
  }

  /**
   * A file with torchvision's or timm's names of a network with other weights than seed 3 gives.
   */
  private Path published(BackboneSettings backbone, String... without) throws IOException {
    return published(backbone, 16, without);
  }

  private Path published(BackboneSettings backbone, int side, String... without)
      throws IOException {
    var tensors = new LinkedHashMap<String, HostTensor>();
    try (Network network = engine.network(backbone.spec("any", side))) {
      Initializer.initialize(engine, network, 77);
      double[] parameters = network.parameters().toDoubles();
      tensors.putAll(SegmentTensors.of(network.layout().parameters(), parameters));
      double[] statistics = network.statistics().toDoubles();
      for (int i = 0; i < statistics.length; i++) {
        statistics[i] += 0.01 * (i % 7);
      }
      tensors.putAll(SegmentTensors.of(network.layout().statistics(), statistics));
    }
    tensors.put("bn1.num_batches_tracked", new HostTensor(List.of(), new long[] {5}));
    tensors.put("fc.weight", new HostTensor(List.of(2L, 2L), new float[4]));
    Arrays.asList(without).forEach(tensors::remove);
    Path file = directory.resolve("published.safetensors");
    try (var out = Files.newOutputStream(file)) {
      new SafeTensors(Map.of(), tensors).writeTo(out);
    }
    return file;
  }

  private static double[] flat(SafeTensors file, List<Segment> segments) {
    return segments.stream()
        .flatMapToDouble(s -> Arrays.stream((double[]) file.tensors().get(s.name()).values()))
        .toArray();
  }

  private static void same(Network network, Path path) throws IOException {
    SafeTensors file = SafeTensors.read(path);
    assertThat(network.parameters().toDoubles())
        .as(network.spec().name())
        .isEqualTo(flat(file, network.layout().parameters()));
    assertThat(network.statistics().toDoubles())
        .as(network.spec().name())
        .isEqualTo(flat(file, network.layout().statistics()));
  }

  @ParameterizedTest
  @CsvSource({
    "byol, resnet18, 'student,teacher'",
    "moco, resnet50, 'student,teacher'",
    "dino, vit-tiny, 'student,teacher'",
    "obow, resnet18, 'student,teacher'",
    "bownet, resnet18, 'student,teacher'",
    "gan, resnet18, student",
    "colorization, resnet18, student"
  })
  void studentAndTeacherAreTheFilesNetworkExactly(
      String method, String architecture, String networks) throws IOException {
    BackboneSettings backbone = RESNET.withArchitecture(architecture).withPatches(4, 2);
    Path file = published(backbone, 32);
    ModelSettings model = new ModelSettings(3, backbone.withStart(file.toString(), 0, 1), USUAL);
    try (MethodState state = Methods.create(method, model).initialize(engine)) {
      for (String name : networks.split(",")) {
        same(state.network(name), file);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whileItIsFrozenNothingOfItMovesAndHeadsLearn(boolean mixed) throws IOException {
    Path file = published(RESNET);
    ModelSettings model = model(RESNET.withStart(file.toString(), 3, 1));
    if (mixed) {
      model = model.withMix(new MixSettings("rotation", 1, 0, 0, 0, false));
    }
    Method method =
        mixed
            ? Methods.create("byol", model, Map.of("byol", byol(), "rotation", rotation()))
            : byol(model);
    try (MethodState state = method.initialize(engine)) {
      double[] head = state.network("projector").parameters().toDoubles();
      for (int step = 0; step < 3; step++) {
        method.step(batch(step, 4 * step, 4), state);
        same(state.network("student"), file);
        same(state.network("teacher"), file);
        double[] now = state.network("projector").parameters().toDoubles();
        assertThat(Arrays.equals(head, now)).as("update %d of the head", step).isFalse();
        head = now;
      }
      double[] frozen = state.network("student").parameters().toDoubles();
      double[] statistics = state.network("student").statistics().toDoubles();
      method.step(batch(3, 12, 4), state);
      assertThat(state.network("student").parameters().toDoubles()).isNotEqualTo(frozen);
      assertThat(state.network("student").statistics().toDoubles()).isNotEqualTo(statistics);
    }
  }

  private static Record rotation() {
    var d = RotationSettings.defaults();
    return new RotationSettings(
        d.view().withSize(16), d.optimizer(), ScheduleSettings.constant(0.05, 0));
  }

  @Test
  void aLowerRateIsTheBackbonesAlone() throws IOException {
    Path file = published(RESNET);
    List<double[]> moves = new ArrayList<>();
    for (double factor : new double[] {1, 0.25}) {
      Method method = byol(model(RESNET.withStart(file.toString(), 0, factor)));
      try (MethodState state = method.initialize(engine)) {
        double[] student = state.network("student").parameters().toDoubles();
        double[] head = state.network("projector").parameters().toDoubles();
        method.step(batch(0, 0, 4), state);
        moves.add(less(state.network("student").parameters().toDoubles(), student));
        moves.add(less(state.network("projector").parameters().toDoubles(), head));
      }
    }
    double[] quarter = Arrays.stream(moves.get(0)).map(x -> 0.25 * x).toArray();
    assertThat(moves.get(2)).containsExactly(quarter, within(1e-12));
    assertThat(moves.get(3)).containsExactly(moves.get(1), within(1e-12));
  }

  private static double[] less(double[] a, double[] b) {
    double[] out = new double[a.length];
    Arrays.setAll(out, i -> a[i] - b[i]);
    return out;
  }

  @Test
  void theStartCanBeTheFirstPast() throws IOException {
    Path file = published(RESNET);
    var past = new PastSettings(1, PastSettings.Loss.COSINE, 0.2, 16, 0, false, false, true);
    Method method = byol(model(RESNET.withStart(file.toString(), 0, 1)).withPast(past));
    try (MethodState state = method.initialize(engine)) {
      for (int step = 0; step < 3; step++) {
        assertThat(method.step(batch(step, 4 * step, 4), state).metrics())
            .containsKeys("pastLoss", "pastGradient");
      }
      same(state.network("past"), file);
    }
  }

  @Test
  void whatDoesNotFitIsListed() throws IOException {
    Path file = published(RESNET, "layer4.1.bn2.bias", "bn1.running_mean");
    Method lacking = byol(model(RESNET.withStart(file.toString(), 0, 1)));
    assertThatThrownBy(() -> lacking.initialize(engine))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("model.backbone.weights: " + file)
        .hasMessageContaining("missing [layer4.1.bn2.bias, bn1.running_mean]")
        .hasMessageContaining("of another shape []")
        .hasMessageContaining("left over [fc.weight]");
    Path small = published(RESNET);
    Method wide = byol(model(RESNET.withWidth(0.25).withStart(small.toString(), 0, 1)));
    assertThatThrownBy(() -> wide.initialize(engine))
        .hasMessageContaining("conv1.weight [8, 3, 3, 3] (expected [16, 3, 3, 3])");
    Method nowhere = byol(model(RESNET.withStart(directory + "/none", 0, 1)));
    assertThatThrownBy(() -> nowhere.initialize(engine))
        .hasMessageContaining("model.backbone.weights")
        .hasMessageContaining("none");
    assertThatThrownBy(() -> Methods.create("gan", model(RESNET.withStart(small.toString(), 5, 1))))
        .hasMessageContaining("backbone.frozenUpdates is 5");
  }

  @Test
  void aReleaseBeginsAnotherLearnerAndSaysHowItsImagesWere() {
    NetworkSpec spec = RESNET.spec("student", 16);
    String file = ReleasedTeacher.release(engine, spec, SMALL, 9, directory);
    Method method = byol(model(RESNET.withStart(file, 0, 1)));
    try (MethodState state = method.initialize(engine);
        Network released = engine.network(spec)) {
      Initializer.initialize(engine, released, 9);
      assertThat(state.network("teacher").parameters().toDoubles())
          .isEqualTo(released.parameters().toDoubles());
    }
    var gray = new Preprocessing(16, List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5));
    var other = new ModelSettings(3, RESNET.withStart(file, 0, 1), gray);
    assertThatThrownBy(() -> byol(other).initialize(engine))
        .hasMessageContaining("model.preprocessing has [0.5, 0.5, 0.5]");
  }

  @ParameterizedTest
  @CsvSource({"resnet18, 0.125, small", "resnet34, 0.25, large", "resnet50, 0.125, small"})
  void aPublishedResNetTeaches(String architecture, double width, String stem) throws IOException {
    var teacher = new BackboneSettings(architecture, stem, width, 4, 2);
    taught(teacher, published(teacher));
  }

  @Test
  void aPublishedTransformerTeaches() throws IOException {
    var teacher = new BackboneSettings("vit-tiny", "small", 1, 4, 2);
    taught(teacher, published(teacher));
  }

  private void taught(BackboneSettings teacher, Path file) throws IOException {
    DistillationSettings d = DistillationSettings.defaults();
    var settings =
        new DistillationSettings(
            file.toString(),
            d.view().withSize(16),
            d.target(),
            d.temperature(),
            d.optimizer(),
            ScheduleSettings.constant(0.05, 0));
    Method method = Methods.create("distillation", model(RESNET), settings);
    method.requireInputs();
    try (MethodState state = method.initialize(engine)) {
      same(state.network("released"), file);
      assertThat(state.network("released").layout())
          .isEqualTo(SegmentLayout.of(teacher.spec("released", 16)));
      assertThat(method.step(batch(0, 0, 4), state).loss()).isFinite();
      same(state.network("released"), file);
    }
    Path strange = directory.resolve("strange.safetensors");
    try (var out = Files.newOutputStream(strange)) {
      new SafeTensors(Map.of(), Map.of("encoder.weight", new HostTensor(List.of(1L), new float[1])))
          .writeTo(out);
    }
    Method none = Methods.create("distillation", model(RESNET), settings.withTeacher(strange + ""));
    assertThatThrownBy(none::requireInputs)
        .hasMessageContaining("holds no backbone under torchvision's or timm's names");
  }
}
