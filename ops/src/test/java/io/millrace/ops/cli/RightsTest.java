package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.config.UserError;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.metrics.MeteredSource;
import io.millrace.ops.node.ClientRights;
import io.millrace.ops.node.Clients;
import io.millrace.ops.node.Node;
import io.millrace.ops.node.PublishRole;
import io.millrace.ops.node.RoleThread;
import io.millrace.serving.client.EmbeddingReader;
import io.millrace.serving.client.ForgetImages;
import io.millrace.serving.client.StoredEmbedding;
import io.millrace.serving.kafka.ServingStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.tools.AclCommand;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every kind of process on a broker with an authorizer and SASL/SCRAM, each as a user of its own
 * who has the rights that {@code millrace topics --acls} prints and no other. What sets it up comes
 * by a second listener, whose users are super users.
 */
class RightsTest {
  private static final String PREFIX = "acme.";
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  /** What Kafka's own command granted; the tests after the first take it over as it is. */
  private static Collection<AclBinding> granted = List.of();

  @TempDir Path folder;
  private GuardedBroker broker;
  private String open = "";
  private String guarded = "";

  @BeforeEach
  void start() throws Exception {
    broker =
        GuardedBroker.start(
            folder.resolve("kafka"),
            Map.of(
                "sasl.enabled.mechanisms",
                "SCRAM-SHA-512",
                "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"));
    open = broker.open();
    guarded = broker.guarded();
    try (Admin admin = Admin.create(superUser())) {
      var users = new ArrayList<UserScramCredentialAlteration>();
      for (ClientRights client : ClientRights.values()) {
        users.add(
            new UserScramCredentialUpsertion(
                user(client),
                new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096),
                "secret-" + client.word()));
      }
      admin.alterUserScramCredentials(users).all().get();
    }
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void everyRoleWorksUnderTheRightsThatArePrinted() throws Exception {
    grantWhatIsPrinted();
    createTopics();
    try (Node ingest = node(ClientRights.INGEST, RoleName.INGEST);
        Node learner = node(ClientRights.LEARNER, RoleName.LEARNER);
        Node serving = node(ClientRights.SERVING, RoleName.SERVING)) {
      List<Node> nodes = List.of(ingest, learner, serving);
      nodes.forEach(Node::start);
      publish();
      await()
          .atMost(Duration.ofSeconds(180))
          .pollInterval(Duration.ofMillis(500))
          .until(() -> nodes.stream().allMatch(RightsTest::well) && serves(serving));
      await() // what publisher, lag and live page ask for is granted too
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  learner.watch().accepted() > 0
                      && learner.ingestLag().isPresent()
                      && serving.learningLag().isPresent());
      StoredEmbedding any = readAsSubscriber();
      forget(any.imageId());
      await()
          .atMost(Duration.ofSeconds(120))
          .pollInterval(Duration.ofMillis(500))
          .until(() -> nodes.stream().allMatch(RightsTest::well) && forgotten(serving));
      nodes.forEach(Node::end);
    }
  }

  /** What ingest asks for beyond reading and writing: more partitions, orphans, a new topic. */
  @Test
  void ingestLooksAfterItsTopicsUnderTheRightsThatArePrinted() throws Exception {
    grantWhatIsPrinted();
    createTopics();
    String raw = PREFIX + "images.raw";
    String orphan = PREFIX + "ingest-" + UUID.randomUUID() + "-1";
    var left = new HashMap<String, Object>(superUser()); // as a process leaves it that was killed
    left.put("transactional.id", orphan);
    left.put("transaction.timeout.ms", 600_000);
    try (Admin admin = Admin.create(superUser());
        var producer =
            new KafkaProducer<>(left, new ByteArraySerializer(), new ByteArraySerializer())) {
      try (Node ingest = node(ClientRights.INGEST, RoleName.INGEST)) {
        ingest.start();
        publish();
        await()
            .atMost(Duration.ofSeconds(90))
            .until(() -> well(ingest) && changelog(admin) == 2 && ingest.watch().accepted() > 0);
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(PREFIX + "images.rejected", 0, null, new byte[1])).get();
        admin.createPartitions(Map.of(raw, NewPartitions.increaseTo(5))).all().get();
        await().atMost(Duration.ofSeconds(90)).until(() -> well(ingest) && changelog(admin) == 5);
        await()
            .atMost(Duration.ofSeconds(60))
            .until(
                () ->
                    well(ingest)
                        && admin.listTransactions().all().get().stream()
                            .filter(t -> t.transactionalId().equals(orphan))
                            .allMatch(t -> t.state() != TransactionState.ONGOING));
        ingest.end();
      }
      admin.deleteTopics(List.of(raw)).all().get();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> !admin.listTopics().names().get().contains(raw));
      createTopics(1);
      try (Node ingest = node(ClientRights.INGEST, RoleName.INGEST, "ingest.newTopic=beginning")) {
        ingest.start();
        long before = ingest.watch().accepted();
        publish("publish.startOver=true");
        await()
            .atMost(Duration.ofSeconds(90))
            .until(() -> well(ingest) && ingest.watch().accepted() > before);
        ingest.end();
      }
    }
  }

  /** Partitions of the topic that Kafka Streams made; 0 before it is there. */
  private static int changelog(Admin admin) throws Exception {
    String name = PREFIX + "ingest-tally-changelog";
    return admin.listTopics().names().get().contains(name)
        ? admin.describeTopics(List.of(name)).allTopicNames().get().get(name).partitions().size()
        : 0;
  }

  @Test
  void whatIsDeniedIsNamedWithTheUser() throws Exception {
    try (Node nobody = node(ClientRights.SUBSCRIBER, RoleName.INGEST)) {
      assertThatThrownBy(nobody::start)
          .isInstanceOf(UserError.class)
          .hasMessageContaining("User:millrace-subscriber is denied by the cluster")
          .hasMessageContaining("acme.images.raw");
    }
    grantWhatIsPrinted();
    createTopics();
    try (Admin admin = Admin.create(superUser())) {
      admin
          .deleteAcls(
              List.of(
                  binding(ClientRights.INGEST, "acme.images.accepted", AclOperation.WRITE)
                      .toFilter()))
          .all()
          .get();
    }
    try (Node ingest = node(ClientRights.INGEST, RoleName.INGEST)) {
      ingest.start();
      publish();
      await()
          .atMost(Duration.ofSeconds(90))
          .until(
              () -> {
                ingest.tick();
                return ingest.failed() != null;
              });
      assertThatThrownBy(ingest::requireWell)
          .isInstanceOf(UserError.class)
          .hasMessage(
              "ingest: User:millrace-ingest is denied by the cluster: Not authorized to access"
                  + " topics: [acme.images.accepted] ('millrace topics --acls' prints what each"
                  + " role needs)");
    }
    try (var subscriber = reader(ClientRights.PUBLISHER)) {
      assertThatThrownBy(() -> subscriber.readAll(1))
          .hasStackTraceContaining(TopicAuthorizationException.class.getName());
    } catch (TopicAuthorizationException e) {
      assertThat(e).hasMessageContaining("acme.embedding");
    }
  }

  @Test
  void strimzisResourcesSayTheSame() throws Exception {
    String yaml = printed("--acls", "strimzi", "--cluster", "images");
    var users = new HashMap<String, List<String>>();
    var topics = new TreeSet<String>();
    try (MappingIterator<JsonNode> documents =
        new YAMLMapper().readerFor(JsonNode.class).readValues(yaml)) {
      while (documents.hasNext()) {
        JsonNode document = documents.next();
        assertThat(document.path("metadata").path("labels").path("strimzi.io/cluster").asText())
            .isEqualTo("images");
        assertThat(document.path("metadata").path("name").asText())
            .matches("[a-z0-9]([-a-z0-9.]*[a-z0-9])?");
        JsonNode spec = document.path("spec");
        if (document.path("kind").asText().equals("KafkaTopic")) {
          topics.add(spec.path("topicName").asText());
          assertThat(spec.path("partitions").asInt()).isPositive();
        } else {
          users.put(document.path("metadata").path("name").asText(), acls(spec));
        }
      }
    }
    MillraceConfig config = config(guarded, Map.of());
    assertThat(topics)
        .hasSize(TopicCatalog.of(config.topicNames(), config.topics()).size())
        .allMatch(name -> name.startsWith(PREFIX));
    assertThat(users).hasSize(ClientRights.values().length);
    assertThat(users.get("millrace-ingest"))
        .contains(
            "topic acme.images.raw literal [Read, DescribeConfigs]",
            "topic acme.ingest- prefix [Create, Delete, Read, Write, Alter, DescribeConfigs]",
            "group acme.ingest literal [Read, Delete]",
            "transactionalId acme.ingest- prefix [Write]");
  }

  private static List<String> acls(JsonNode spec) {
    var out = new ArrayList<String>();
    for (JsonNode acl : spec.path("authorization").path("acls")) {
      JsonNode on = acl.path("resource");
      var operations = new ArrayList<String>();
      acl.path("operations").forEach(o -> operations.add(o.asText()));
      out.add(
          "%s %s %s %s"
              .formatted(
                  on.path("type").asText(),
                  on.path("name").asText(),
                  on.path("patternType").asText(),
                  operations));
    }
    return out;
  }

  private void grantWhatIsPrinted() throws Exception {
    try (Admin client = Admin.create(superUser())) {
      if (granted.isEmpty()) {
        grantByCommand();
      } else {
        client.createAcls(granted).all().get();
      }
      int wanted =
          Arrays.stream(ClientRights.values())
              .flatMap(c -> c.of(config(guarded, Map.of())).stream())
              .mapToInt(right -> right.operations().size())
              .sum();
      granted =
          await()
              .atMost(Duration.ofSeconds(30))
              .until(
                  () -> client.describeAcls(AclBindingFilter.ANY).values().get(),
                  all -> all.size() == wanted);
    }
  }

  /** Kafka's own command takes every line as it is printed. */
  private void grantByCommand() throws Exception {
    Path admin = Files.writeString(folder.resolve("admin.properties"), "client.id=setup\n");
    List<String> lines = printed("--acls").lines().filter(line -> !line.startsWith("#")).toList();
    assertThat(lines).hasSizeGreaterThan(40);
    for (String line : lines) {
      List<String> words = words(line.replace("admin.properties", admin.toString()));
      assertThat(words.get(0)).isEqualTo("kafka-acls.sh");
      AclCommand.main(words.subList(1, words.size()).toArray(String[]::new));
    }
  }

  private String printed(String... options) {
    var command = new ArrayList<String>(List.of("topics"));
    command.addAll(List.of(options));
    command.addAll(
        List.of("--set", "kafka.topicPrefix=" + PREFIX, "--set", "kafka.bootstrapServers=" + open));
    return Printed.by(command.toArray(String[]::new));
  }

  private static List<String> words(String line) {
    var out = new ArrayList<String>();
    for (Matcher m = WORD.matcher(line); m.find(); ) {
      out.add(m.group(1) == null ? m.group(2) : m.group(1));
    }
    return out;
  }

  private void createTopics() {
    createTopics(11);
  }

  private void createTopics(int missing) {
    MillraceConfig config = config(ClientRights.TOPICS);
    try (Admin admin = Clients.admin(config.kafka())) {
      TopicAdmin.Report report =
          new TopicAdmin(admin, Duration.ofSeconds(30))
              .ensure(TopicCatalog.of(config.topicNames(), config.topics()));
      assertThat(report.created()).hasSize(missing);
      assertThat(report.differences()).isEmpty();
    }
  }

  private void publish(String... settings) throws Exception {
    MillraceConfig config = with(config(ClientRights.PUBLISHER), settings);
    try (ImageSource source = Sources.open(Sources.SYNTHETIC, config.synthetic());
        var meters = new io.millrace.ops.metrics.Meters()) {
      var role =
          new PublishRole(
              config,
              source,
              () -> OptionalLong.of(0),
              new MeteredSource(meters),
              config.kafka().clients());
      RoleThread publisher = new RoleThread(role).start();
      assertThat(publisher.join(Duration.ofSeconds(120))).isTrue();
      assertThat(publisher.failure()).isNull();
      assertThat(role.report()).isNotNull();
      assertThat(role.report().published()).isEqualTo(DemoTest.IMAGES);
    }
  }

  private StoredEmbedding readAsSubscriber() throws Exception {
    try (EmbeddingReader reader = reader(ClientRights.SUBSCRIBER)) {
      long version = reader.liveVersion(Duration.ofSeconds(10)).orElseThrow();
      return reader.readAll(version).values().iterator().next();
    }
  }

  private EmbeddingReader reader(ClientRights client) {
    MillraceConfig config = config(client);
    return new EmbeddingReader(
        config.kafka().clients(), config.topicNames(), config.learner().model());
  }

  private void forget(String id) throws Exception {
    MillraceConfig config = config(ClientRights.SERVING);
    try (var forget = new ForgetImages(config.kafka().clients(), config.topicNames().imagesRaw())) {
      forget.forget(id);
    }
  }

  private static boolean well(Node node) {
    node.tick();
    node.requireWell();
    return true;
  }

  private static boolean serves(Node node) {
    ServingStatus s = node.servingStatus();
    return s != null && s.liveVersion() != null && s.embedded() > DemoTest.IMAGES / 2;
  }

  private static boolean forgotten(Node node) {
    ServingStatus s = node.servingStatus();
    return s != null && s.forgotten() > 0;
  }

  private Node node(ClientRights client, RoleName role, String... settings) {
    return new Node(
        with(config(client), settings),
        EnumSet.of(role),
        null,
        LearnerListener.NONE,
        Clock.systemUTC());
  }

  private static MillraceConfig with(MillraceConfig config, String... settings) {
    return ConfigReader.over(config, List.of(settings));
  }

  private MillraceConfig config(ClientRights client) {
    return config(
        guarded,
        Map.of(
            "security.protocol",
            "SASL_PLAINTEXT",
            "sasl.mechanism",
            "SCRAM-SHA-512",
            "sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"secret-%s\";"
                .formatted(user(client), client.word())));
  }

  private MillraceConfig config(String servers, Map<String, String> client) {
    List<String> settings =
        Stream.concat(
                DemoTest.TINY.stream(),
                Stream.of(
                    "kafka.topicPrefix=" + PREFIX,
                    "topics.imagePartitions=2",
                    "serving.targets=true",
                    "learner.release.everySeconds=600",
                    "learner.release.gate.minRankMe=0"))
            .toList();
    MillraceConfig config =
        ConfigReader.over(MillraceConfig.defaults(), settings).withDataDir(folder.resolve("data"));
    return config.withKafka(new io.millrace.ops.config.KafkaConfig(servers, PREFIX, client));
  }

  private static String user(ClientRights client) {
    return "millrace-" + client.word();
  }

  private static AclBinding binding(ClientRights client, String topic, AclOperation operation) {
    return new AclBinding(
        new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
        new AccessControlEntry("User:" + user(client), "*", operation, AclPermissionType.ALLOW));
  }

  private Map<String, Object> superUser() {
    return Map.of("bootstrap.servers", open);
  }
}
