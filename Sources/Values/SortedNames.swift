extension RandomAccessCollection {
    /// The element whose name has these bytes, in a collection that is in the order of its names' bytes.
    package func element(named name: String, by nameOf: (Element) -> String) -> Element? {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = index(low, offsetBy: distance(from: low, to: high) / 2)
            let order = compareBytes(nameOf(self[middle]), name)
            if order == 0 { return self[middle] }
            if order < 0 { low = index(after: middle) } else { high = middle }
        }
        return nil
    }
}
