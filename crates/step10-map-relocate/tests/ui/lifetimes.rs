use step10::RcuMap;

// A map takes values through `&self`: so it must not pass for one of values that live less long.
fn shrink<'map>(map: &'map RcuMap<u64, &'static str>) -> &'map RcuMap<u64, &'map str> {
    map
}

// What a guard hands out does not outlive the guard,
fn value_outlives_guard(map: &RcuMap<u64, String>) -> &str {
    map.read().get(&1).unwrap()
}

// a guard not the map,
fn guard_outlives_map() {
    let guard = {
        let map: RcuMap<u64, String> = RcuMap::new();
        map.read()
    };
    drop(guard);
}

// and the map not what its values borrow.
fn map_outlives_value() {
    let map = RcuMap::new();
    {
        let text = String::new();
        map.insert(1, text.as_str());
    }
}

fn main() {}
