import ArgumentParser
import Foundation
import Journeys
import Plugins
import SQLiteStore
import Store
import Values
import Workspace

/// What a shell may complete an argument to: names of the workspace that the command line is about.
extension CompletionKind {
    static var mapID: CompletionKind {
        ofWorkspace { generation in generation.rulebook.maps.keys.map(\.text) }
    }

    /// The paths of the steps of all maps.
    static var stepPath: CompletionKind {
        ofWorkspace { generation in
            generation.rulebook.maps.values.flatMap { state -> [String] in
                if case .available(let map) = state { map.steps.map(\.pathText) } else { [] }
            }
        }
    }

    static var pluginName: CompletionKind { ofWorkspace { generation in Array(generation.plugins.keys) } }

    /// `PLUGIN.ACTION`, `PLUGIN.DECIDER` and `PLUGIN/on/N`.
    static var functionName: CompletionKind {
        ofWorkspace { generation in
            generation.plugins.keys.compactMap { generation.loaded($0)?.manifest }.flatMap { manifest in
                manifest.actions.map { "\(manifest.name).\($0.name)" }
                    + manifest.deciders.map { "\(manifest.name).\($0.name)" }
                    + manifest.subscriptions.indices.map { "\(manifest.name)/on/\($0 + 1)" }
            }
        }
    }

    /// The first leads whose ids begin as what was written.
    static var leadID: CompletionKind {
        .custom { arguments, _, beginning in
            guard let settings = try? settings(for: arguments) else { return [] }
            let path =
                settings.store.hasPrefix("/") ? settings.store : "\(folder(in: arguments))/\(settings.store)"
            guard let store = try? SQLiteStore(at: path, mode: .readOnly) else { return [] }
            let first = LeadID(beginning)
            let after = try? store.leads(matching: .all, after: first, limit: leadLimit) { _ in }
            let own = first.flatMap { try? store.lead($0)?.id }
            return ([own] + (after ?? []).map(\.id)).compactMap { $0?.text }.filter {
                $0.utf8.starts(with: beginning.utf8)
            }
        }
    }

    private static let leadLimit = 100

    private static func ofWorkspace(_ names: @escaping @Sendable (Generation) -> [String]) -> CompletionKind {
        .custom { arguments, _, beginning in
            let tree = DiskTree(root: folder(in: arguments))
            let environment = ProcessInfo.processInfo.environment
            guard let generation = try? Generation(reading: tree, environment: environment) else { return [] }
            return Set(names(generation)).filter { $0.utf8.starts(with: beginning.utf8) }
                .sorted { compareBytes($0, $1) < 0 }
        }
    }

    private static func settings(for arguments: [String]) throws(Mistakes) -> Settings {
        try Settings(
            reading: DiskTree(root: folder(in: arguments)), environment: ProcessInfo.processInfo.environment)
    }

    /// The workspace's folder, by the words of the command line.
    private static func folder(in arguments: [String]) -> String {
        let names = ["-w", "--workspace"]
        for (index, word) in arguments.enumerated() {
            if names.contains(word), index + 1 < arguments.count { return arguments[index + 1] }
            if word.hasPrefix("--workspace=") { return String(word.dropFirst("--workspace=".count)) }
        }
        return ProcessInfo.processInfo.environment["SIGNALBOX_WORKSPACE"] ?? "."
    }
}
