package import Journeys
package import Values

/// A plugin's lasting value for all leads, by its plugin and its key.
package struct PluginValueKey: Hashable, Sendable {
    package let plugin: ExactText
    package let key: ExactText

    package init(_ key: String, of plugin: String) {
        self.plugin = ExactText(plugin)
        self.key = ExactText(key)
    }
}

/// A command that carries an id: ids are a lead's own (R40).
package struct CommandKey: Hashable, Sendable {
    package let lead: LeadID
    package let id: CommandID

    package init(_ id: CommandID, of lead: LeadID) {
        self.lead = lead
        self.id = id
    }
}

/// Where deliveries of one lead leave one after the other (R56).
package struct DestinationKey: Hashable, Sendable {
    package let lead: LeadID
    package let channel: ExactText
    package let to: ExactText

    package init(_ delivery: StoredDelivery) {
        lead = delivery.id.lead
        channel = ExactText(delivery.channel)
        to = ExactText(delivery.to)
    }
}
