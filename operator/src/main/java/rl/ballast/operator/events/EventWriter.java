package rl.ballast.operator.events;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.operator.objects.Sender;

/// Writes events, one per transition. A lost event is logged and never fails a reconciliation.
public final class EventWriter {
    private static final Logger LOG = LoggerFactory.getLogger(EventWriter.class);
    private static final int MAX_NOTE = 1024;
    private static final int MAX_NAME = 180;
    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final Sender sender;
    private final String instance;

    /// @param instance name of this operator pod
    public EventWriter(KubernetesClient client, String instance) {
        this.sender = new Sender(client);
        this.instance = instance;
    }

    /// One of a change that the operator has seen.
    public void write(HasMetadata object, Transition change, Instant now) {
        write(object, !change.good(), change.reason(), "Reconcile", change.message(), now);
    }

    /// @param reason of the transition
    /// @param action what the operator does about it
    public void write(HasMetadata object, boolean warning, String reason, String action, String note, Instant now) {
        String name = object.getMetadata().getName();
        Event event = new EventBuilder()
                .withNewMetadata()
                .withName("%s.%x-%x"
                        .formatted(
                                name.substring(0, Math.min(MAX_NAME, name.length())),
                                now.getEpochSecond() * 1_000_000_000L + now.getNano(),
                                reason.hashCode()))
                .withNamespace(object.getMetadata().getNamespace())
                .endMetadata()
                .withEventTime(new MicroTime(MICROS.format(now)))
                .withReportingController("ballast.rl/operator")
                .withReportingInstance(instance)
                .withType(warning ? "Warning" : "Normal")
                .withReason(reason)
                .withAction(action)
                .withNote(note.length() <= MAX_NOTE ? note : note.substring(0, MAX_NOTE))
                .withRegarding(new ObjectReferenceBuilder()
                        .withApiVersion(object.getApiVersion())
                        .withKind(object.getKind())
                        .withName(name)
                        .withNamespace(object.getMetadata().getNamespace())
                        .withUid(object.getMetadata().getUid())
                        .build())
                .build();
        try {
            sender.create(event);
        } catch (KubernetesClientException e) {
            LOG.atWarn()
                    .addKeyValue("object", name)
                    .addKeyValue("reason", reason)
                    .setCause(e)
                    .log("an event could not be written");
        }
    }
}
