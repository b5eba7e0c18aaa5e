package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API's classes don't check in a manifest: that its parts fit each other. */
class ManifestRulesTest {
  private static final Path KUBERNETES = Path.of("deploy", "kubernetes");
  private static final YAMLMapper YAML = new YAMLMapper();

  /** The API takes any name; pods of a set have names of their own by a headless service alone. */
  @ParameterizedTest
  @ValueSource(strings = {"base", "gpu", "group"})
  void aSetNamesAHeadlessServiceThatSelectsItsPods(String variant) throws Exception {
    List<JsonNode> manifests = rendered(variant);
    List<JsonNode> sets = of(manifests, "StatefulSet");
    assertThat(sets).isNotEmpty();
    for (JsonNode set : sets) {
      JsonNode service = one(manifests, "Service", set.at("/spec/serviceName").asText());
      assertThat(service.at("/spec/clusterIP").asText()).isEqualTo("None");
      assertThat(service.at("/spec/publishNotReadyAddresses").asBoolean()).isTrue();
      JsonNode labels = set.at("/spec/template/metadata/labels");
      service
          .at("/spec/selector")
          .properties()
          .forEach(label -> assertThat(labels.path(label.getKey())).isEqualTo(label.getValue()));
    }
  }

  /** An image tagged latest is else pulled at each start, one made on the node never found. */
  @ParameterizedTest
  @ValueSource(strings = {"base", "gpu", "group"})
  void imagesThatTheNodeHasAreTaken(String variant) throws Exception {
    for (JsonNode pod : pods(rendered(variant))) {
      for (String list : List.of("containers", "initContainers")) {
        for (JsonNode container : pod.path(list)) {
          assertThat(container.path("imagePullPolicy").asText()).isEqualTo("IfNotPresent");
        }
      }
    }
  }

  @Test
  void everyMountIsAVolumeAndTheIndexIsOneOfItsOwn() throws Exception {
    List<JsonNode> manifests = rendered("base");
    for (JsonNode workload : manifests) {
      JsonNode pod = workload.at("/spec/template/spec");
      var volumes = new ArrayList<>(pod.path("volumes").findValuesAsText("name"));
      for (JsonNode claim : workload.at("/spec/volumeClaimTemplates")) {
        volumes.add(claim.at("/metadata/name").asText());
      }
      for (String list : List.of("containers", "initContainers")) {
        for (JsonNode container : pod.path(list)) {
          assertThat(volumes).containsAll(container.path("volumeMounts").findValuesAsText("name"));
        }
      }
    }
    JsonNode serving = one(manifests, "StatefulSet", "serving");
    assertThat(serving.at("/spec/volumeClaimTemplates/0/spec/accessModes/0").asText())
        .isEqualTo("ReadWriteOnce");
    JsonNode settings = YAML.readTree(KUBERNETES.resolve("base").resolve("millrace.yaml").toFile());
    // Node keeps the index in the folder search of dataDir.
    assertThat(serving.at("/spec/template/spec/containers/0/volumeMounts").toString())
        .contains(settings.path("dataDir").asText() + "/search");
  }

  @Test
  void learnerAndServingGetTheGpuIngestNone() throws Exception {
    List<JsonNode> manifests = rendered("gpu");
    for (String name : List.of("Deployment/learner", "StatefulSet/serving", "Deployment/ingest")) {
      String[] which = name.split("/");
      JsonNode pod = one(manifests, which[0], which[1]).at("/spec/template/spec");
      JsonNode container = pod.at("/containers/0");
      boolean gpu = !name.endsWith("ingest");
      assertThat(container.path("image").asText())
          .as(name)
          .isEqualTo(gpu ? "millrace:gpu" : "millrace:latest");
      assertThat(container.at("/resources/limits").has("nvidia.com/gpu")).as(name).isEqualTo(gpu);
      assertThat(container.path("args").toString().contains("engine.device=cuda:0"))
          .as(name)
          .isEqualTo(gpu);
      assertThat(container.at("/resources/limits/memory").asText()).as(name).isNotBlank();
      assertThat(pod.path("tolerations").isEmpty()).as(name).isEqualTo(!gpu);
    }
  }

  @Test
  void thePolicyLetsProbesScrapesNamesAndKafkaThroughAndNoMore() throws Exception {
    List<JsonNode> manifests = rendered("base");
    JsonNode policy = one(manifests, "NetworkPolicy", "millrace").path("spec");
    for (JsonNode pod : pods(manifests)) {
      assertThat(pod.at("/containers/0/ports/0/containerPort"))
          .isEqualTo(policy.at("/ingress/0/ports/0/port"));
    }
    assertThat(policy.path("ingress")).hasSize(1);
    JsonNode settings = YAML.readTree(KUBERNETES.resolve("base").resolve("millrace.yaml").toFile());
    String[] broker = settings.at("/kafka/bootstrapServers").asText().split("[.:]");
    JsonNode kafka = policy.at("/egress/1");
    assertThat(kafka.at("/to/0/namespaceSelector/matchLabels").toString())
        .contains("\"" + broker[1] + "\"");
    assertThat(kafka.at("/ports/0/port").asText()).isEqualTo(broker[broker.length - 1]);
    assertThat(policy.at("/egress/0/ports").findValuesAsText("port")).containsExactly("53", "53");
    assertThat(policy.path("egress")).hasSize(2);
  }

  /** The services' names are names that the processes answer to. */
  @Test
  void servicesAreNamedInApiHosts() throws Exception {
    JsonNode settings = YAML.readTree(KUBERNETES.resolve("base").resolve("millrace.yaml").toFile());
    var hosts = new ArrayList<String>();
    settings.at("/api/hosts").forEach(host -> hosts.add(host.asText()));
    for (JsonNode service : of(rendered("base"), "Service")) {
      if (!service.at("/spec/clusterIP").asText().equals("None")) {
        String name = service.at("/metadata/name").asText();
        String namespace = service.at("/metadata/namespace").asText();
        assertThat(hosts).contains(name, name + "." + namespace, name + "." + namespace + ".svc");
      }
    }
  }

  /** What runs in the compose file's limits, which try-containers does, fits the pods' too. */
  @Test
  void composeHasTheHeapsAndLimitsOfThePods() throws Exception {
    JsonNode services =
        YAML.readTree(Path.of("deploy", "compose", "compose.yaml").toFile()).path("services");
    int compared = 0;
    for (JsonNode pod : pods(rendered("base"))) {
      for (String list : List.of("containers", "initContainers")) {
        for (JsonNode container : pod.path(list)) {
          JsonNode service = services.path(container.path("name").asText());
          assertThat(service.at("/environment/MILLRACE_HEAP").asText())
              .isEqualTo(container.at("/env/0/value").asText())
              .isNotBlank();
          assertThat(service.path("mem_limit").asText().toUpperCase(Locale.ROOT))
              .isEqualTo(
                  container
                      .at("/resources/limits/memory")
                      .asText()
                      .replace("i", "")
                      .toUpperCase(Locale.ROOT));
          compared++;
        }
      }
    }
    assertThat(compared).isEqualTo(4);
  }

  private static List<JsonNode> rendered(String variant) throws Exception {
    var out = new ArrayList<JsonNode>();
    try (MappingIterator<JsonNode> documents =
        YAML.readerFor(JsonNode.class)
            .readValues(Tool.required("kubectl").run(KUBERNETES, "kustomize", variant))) {
      documents.forEachRemaining(out::add);
    }
    return out;
  }

  private static List<JsonNode> of(List<JsonNode> manifests, String kind) {
    return manifests.stream().filter(m -> m.path("kind").asText().equals(kind)).toList();
  }

  private static JsonNode one(List<JsonNode> manifests, String kind, String name)
      throws IOException {
    List<JsonNode> found =
        of(manifests, kind).stream()
            .filter(m -> m.at("/metadata/name").asText().equals(name))
            .toList();
    assertThat(found).as("%s/%s", kind, name).hasSize(1);
    return found.get(0);
  }

  private static List<JsonNode> pods(List<JsonNode> manifests) {
    List<JsonNode> pods =
        manifests.stream()
            .map(m -> m.at("/spec/template/spec"))
            .filter(pod -> !pod.isMissingNode())
            .toList();
    assertThat(pods).hasSizeGreaterThanOrEqualTo(3);
    return pods;
  }
}
