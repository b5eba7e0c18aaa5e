package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The deployment files as far as they can be checked where no container engine runs. */
class DeploymentTest {
  private static final Path DEPLOY = Path.of("deploy");
  private static final Path BASE = DEPLOY.resolve("kubernetes/base");
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * As the API's own model reads it: refuses a field that it does not know, or lacks, and a value
   * of another type. Its classes are generated from the API's schema.
   */
  private interface Model {
    Object read(String json) throws IOException;
  }

  private static final Map<String, Model> KINDS =
      Map.of(
          "Namespace", V1Namespace::fromJson,
          "ServiceAccount", V1ServiceAccount::fromJson,
          "PersistentVolumeClaim", V1PersistentVolumeClaim::fromJson,
          "Deployment", V1Deployment::fromJson,
          "StatefulSet", V1StatefulSet::fromJson,
          "Service", V1Service::fromJson,
          "PodDisruptionBudget", V1PodDisruptionBudget::fromJson,
          "NetworkPolicy", V1NetworkPolicy::fromJson);

  @Test
  void everyManifestIsWhatTheApiKnows() throws IOException {
    var kinds = new TreeSet<String>();
    for (JsonNode manifest : manifests()) {
      validate(manifest);
      kinds.add(manifest.path("kind").asText());
    }
    assertThat(kinds).containsExactlyInAnyOrderElementsOf(KINDS.keySet());
  }

  /** Faults of each kind, planted into the deployments; the message says what is wrong. */
  @ParameterizedTest
  @CsvSource({
    "/spec, replicaz, 1, replicaz",
    "/spec, replicas, one, one",
    "/spec, template, , template",
    "/spec/template/spec/containers/0, name, , name",
    "/spec/template/spec/containers/0/ports/0, containerPort, http, http",
    "/spec/template/spec/containers/0/resources/limits, memory, 3GB, suffix"
  })
  void whatTheApiDoesNotKnowIsRefused(
      String where, String field, @Nullable String value, String named) throws IOException {
    for (JsonNode manifest : manifests()) {
      if (manifest.path("kind").asText().equals("Deployment")) {
        ObjectNode at = (ObjectNode) manifest.at(where);
        if (value == null) {
          at.remove(field);
        } else {
          at.put(field, value);
        }
        assertThatThrownBy(() -> validate(manifest)).hasMessageContaining(named);
      }
    }
  }

  @Test
  void everyPodHasProbesLimitsAndNoRights() throws IOException {
    int pods = 0;
    for (JsonNode manifest : manifests()) {
      JsonNode pod = manifest.path("spec").path("template").path("spec");
      if (pod.isMissingNode()) {
        continue;
      }
      pods++;
      assertThat(pod.path("securityContext").path("runAsNonRoot").asBoolean()).isTrue();
      for (JsonNode container : pod.path("containers")) {
        assertThat(container.fieldNames())
            .toIterable()
            .contains("startupProbe", "livenessProbe", "readinessProbe", "resources");
      }
      for (String list : List.of("containers", "initContainers")) {
        for (JsonNode container : pod.path(list)) {
          JsonNode rights = container.path("securityContext");
          assertThat(rights.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
          assertThat(rights.path("readOnlyRootFilesystem").asBoolean()).isTrue();
          assertThat(rights.path("capabilities").path("drop").path(0).asText()).isEqualTo("ALL");
          assertThat(container.path("resources").path("limits").path("memory").asText())
              .isNotBlank();
        }
      }
    }
    assertThat(pods).isEqualTo(3);
  }

  @Test
  void oneLearnerWritesAtATime() throws IOException {
    JsonNode learner =
        manifests().stream()
            .filter(m -> m.path("kind").asText().equals("Deployment"))
            .filter(m -> m.path("metadata").path("name").asText().equals("learner"))
            .findFirst()
            .orElseThrow();
    assertThat(learner.path("spec").path("replicas").asInt()).isEqualTo(1);
    assertThat(learner.path("spec").path("strategy").path("type").asText()).isEqualTo("Recreate");
  }

  @Test
  void kustomizeRendersBaseAndGpu() throws Exception {
    Tool kubectl = Tool.required("kubectl");
    for (String which : List.of("base", "gpu")) {
      String rendered = kubectl.run(DEPLOY.resolve("kubernetes"), "kustomize", which);
      int found = 0;
      try (MappingIterator<JsonNode> documents =
          YAML.readerFor(JsonNode.class).readValues(rendered)) {
        while (documents.hasNext()) {
          JsonNode manifest = documents.next();
          if (!manifest.path("kind").asText().equals("ConfigMap")) {
            validate(manifest);
            found++;
          }
        }
      }
      assertThat(found).isEqualTo(manifests().size());
      assertThat(rendered.contains("nvidia.com/gpu: 1")).isEqualTo(which.equals("gpu"));
    }
  }

  @Test
  void severalLearnersAreOneSetAndReachEachOtherAlone() throws Exception {
    Tool kubectl = Tool.required("kubectl");
    String rendered = kubectl.run(DEPLOY.resolve("kubernetes"), "kustomize", "group");
    JsonNode learners = null;
    JsonNode policy = null;
    try (MappingIterator<JsonNode> documents =
        YAML.readerFor(JsonNode.class).readValues(rendered)) {
      while (documents.hasNext()) {
        JsonNode manifest = documents.next();
        if (!manifest.path("kind").asText().equals("ConfigMap")) {
          validate(manifest);
        }
        String name = manifest.path("kind").asText() + "/" + manifest.at("/metadata/name").asText();
        assertThat(name).isNotEqualTo("Deployment/learner");
        learners = name.equals("StatefulSet/learner") ? manifest : learners;
        policy = name.equals("NetworkPolicy/learner-collectives") ? manifest : policy;
      }
    }
    assertThat(learners).isNotNull();
    assertThat(learners.at("/spec/replicas").asInt()).isEqualTo(2);
    JsonNode container = learners.at("/spec/template/spec/containers/0");
    assertThat(container.path("args").toString()).contains("learner.group.maxSize=2");
    assertThat(container.path("securityContext").path("readOnlyRootFilesystem").asBoolean())
        .isTrue();
    assertThat(policy).isNotNull();
    JsonNode selected = policy.at("/spec/podSelector/matchLabels");
    assertThat(selected.path("app.kubernetes.io/component").asText()).isEqualTo("learner");
    for (JsonNode peer :
        List.of(policy.at("/spec/ingress/0/from"), policy.at("/spec/egress/0/to"))) {
      assertThat(peer).hasSize(1);
      assertThat(peer.at("/0/podSelector/matchLabels")).isEqualTo(selected);
    }
  }

  @Test
  void everyPodCanAnswerOverHttps() throws Exception {
    Tool kubectl = Tool.required("kubectl");
    for (String which : List.of("base", "gpu")) {
      Path own = Files.createTempDirectory(Path.of("target"), "kustomize");
      Path kubernetes =
          own.toAbsolutePath().relativize(DEPLOY.resolve("kubernetes").toAbsolutePath());
      Files.writeString(
          own.resolve("kustomization.yaml"),
          "resources: [%1$s/%2$s]\ncomponents: [%1$s/tls]\n".formatted(kubernetes, which));
      int pods = 0;
      try (MappingIterator<JsonNode> documents =
          YAML.readerFor(JsonNode.class).readValues(kubectl.run(own, "kustomize", "."))) {
        while (documents.hasNext()) {
          JsonNode manifest = documents.next();
          JsonNode pod = manifest.path("spec").path("template").path("spec");
          if (!pod.isMissingNode()) {
            validate(manifest);
            pods++;
            assertThat(pod.findValuesAsText("scheme")).containsExactly("HTTPS", "HTTPS", "HTTPS");
            assertThat(pod.findValuesAsText("secretName")).containsExactly("millrace-tls");
            assertThat(pod.path("containers").path(0).path("args").toString())
                .contains("\"--set\",\"http.keyStore=/etc/millrace-tls/keystore.p12\"");
          }
        }
      }
      assertThat(pods).isEqualTo(3);
    }
  }

  @Test
  void composeNamesWhatIsThere() throws Exception {
    Path compose = DEPLOY.resolve("compose/compose.yaml");
    JsonNode file = YAML.readTree(compose.toFile());
    var services = new ArrayList<String>();
    file.path("services").fieldNames().forEachRemaining(services::add);
    assertThat(services)
        .contains("kafka", "topics", "ingest", "learner", "serving", "prometheus", "grafana");
    for (JsonNode service : file.path("services")) {
      for (JsonNode volume : service.path("volumes")) {
        String from = volume.asText().split(":")[0];
        if (from.startsWith(".")) {
          assertThat(compose.resolveSibling(from)).exists();
        } else {
          assertThat(file.path("volumes").has(from)).as(from).isTrue();
        }
      }
      for (JsonNode port : service.path("ports")) {
        assertThat(port.asText()).as("published on loopback alone").startsWith("127.0.0.1:");
      }
      String image = service.path("image").asText("millrace:latest");
      assertThat(image).as("pinned").contains(":");
    }
    Optional<Tool> docker = Tool.find("docker");
    boolean plugin = docker.isPresent() && hasCompose(docker.get());
    Assumptions.assumeTrue(plugin, "no docker compose plugin on this machine");
    docker.orElseThrow().run(compose.getParent(), "compose", "-f", "compose.yaml", "config", "-q");
  }

  @Test
  void imagesRunAsNobodyAndKnowTheirHealth() throws Exception {
    for (String name : List.of("Dockerfile", "Dockerfile.gpu")) {
      String file = Files.readString(DEPLOY.resolve("docker").resolve(name));
      assertThat(file.lines().filter(l -> l.startsWith("FROM ")).count()).isEqualTo(2);
      assertThat(file).contains("USER 10001:10001", "HEALTHCHECK", "ENTRYPOINT");
      assertThat(file.indexOf("USER 10001")).isLessThan(file.indexOf("ENTRYPOINT"));
      file.lines()
          .filter(l -> l.startsWith("COPY ops/"))
          .flatMap(l -> Stream.of(l.split(" ")))
          .filter(word -> word.startsWith("ops/"))
          .forEach(path -> assertThat(Path.of("..").resolve(path)).exists());
    }
    for (String script : List.of("entrypoint", "healthy")) {
      assertThat(Files.isExecutable(DEPLOY.resolve("docker").resolve(script))).isTrue();
      Tool.required("bash").run(DEPLOY.resolve("docker"), "-n", script);
    }
  }

  private static boolean hasCompose(Tool docker) {
    try {
      docker.run(DEPLOY, "compose", "version");
      return true;
    } catch (Exception | AssertionError e) {
      return false;
    }
  }

  private static void validate(JsonNode manifest) throws IOException {
    String kind = manifest.path("kind").asText();
    assertThat(KINDS).as("kind %s", kind).containsKey(kind);
    KINDS.get(kind).read(JSON.writeValueAsString(manifest));
  }

  private static List<JsonNode> manifests() throws IOException {
    var out = new ArrayList<JsonNode>();
    for (JsonNode resource :
        YAML.readTree(BASE.resolve("kustomization.yaml").toFile()).path("resources")) {
      try (MappingIterator<JsonNode> documents =
          YAML.readerFor(JsonNode.class).readValues(BASE.resolve(resource.asText()).toFile())) {
        documents.forEachRemaining(out::add);
      }
    }
    return out;
  }
}
