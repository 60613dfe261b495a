// Draws the counterexamples of a page: a lane for each thread, a row for each step, to be stepped through.
//
// Each stands in the page as <figure data-counterexample="name"> with its steps in words, its lanes as text, and its JSON.
// Where this script does not run, on paper and on a narrow screen, the words are what one sees.
"use strict";

(function () {
    const SVG = "http://www.w3.org/2000/svg";
    const wide = window.matchMedia("(min-width: 600px)");

    function element(name, className, text) {
        const made = document.createElement(name);
        if (className) made.className = className;
        if (text !== undefined) made.textContent = text;
        return made;
    }

    class Counterexample {
        constructor(figure) {
            this.figure = figure;
            this.name = figure.dataset.counterexample;
            this.witness = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
            this.count = this.witness.events.length;
            this.lanes = 1 + Math.max(0, ...this.witness.events.map((event) => event.thread));
            if (this.count === 0) return;
            this.draw();
            // Everything at first: who skims the page sees the whole story, and who wants to guess presses First.
            this.show(this.count, false);
        }

        draw() {
            this.drawing = element("div", "cx-drawing");
            this.drawing.setAttribute("aria-hidden", "true"); // the list says the same in words
            this.drawing.style.setProperty("--lanes", this.lanes);
            // One width for the margin of all rows, so that the lanes stand below each other.
            const margin = Math.max(...this.witness.events.map((event) => this.source(event).length));
            this.drawing.style.setProperty("--source", `calc(${margin}ch + 1em)`);
            this.drawing.append(this.header());
            this.rows = this.witness.events.map((event) => this.row(event));
            this.drawing.append(...this.rows);
            this.arrows = document.createElementNS(SVG, "svg");
            this.arrows.setAttribute("class", "cx-arrows");
            this.drawing.append(this.arrows);
            this.head = document.createElementNS(SVG, "marker");
            const shape = { id: `${this.name}-head`, viewBox: "0 0 8 8", refX: 11, refY: 4, markerWidth: 6, markerHeight: 6 };
            for (const [name, value] of Object.entries(shape)) this.head.setAttribute(name, value);
            this.head.setAttribute("orient", "auto");
            const triangle = document.createElementNS(SVG, "path");
            triangle.setAttribute("d", "M0,0 L8,4 L0,8 Z");
            triangle.setAttribute("class", "cx-head");
            this.head.append(triangle);

            const words = element("details", "cx-words");
            words.append(element("summary", "", "The same in words, and as text"));
            words.append(...this.figure.querySelectorAll(".counterexample-steps, .counterexample-lanes"));
            this.figure.querySelector("figcaption").after(this.controls(), this.drawing, words);
            this.figure.classList.add("cx-drawn");

            const fold = () => (words.open = !wide.matches);
            fold();
            wide.addEventListener("change", fold);
            window.addEventListener("beforeprint", () => (words.open = true));
            window.addEventListener("afterprint", fold);
            new ResizeObserver(() => this.drawArrows()).observe(this.drawing);
        }

        controls() {
            const bar = element("div", "cx-controls");
            const button = (label, title, target) => {
                const made = element("button", "", label);
                made.type = "button";
                made.title = title;
                made.addEventListener("click", () => this.show(target(), true));
                bar.append(made);
            };
            button("First", "The first step (Home)", () => 1);
            button("Previous", "One step back (←)", () => this.step - 1);
            button("Next", "One step on (→)", () => this.step + 1);
            button("Last", "All steps (End)", () => this.count);
            this.status = element("span", "cx-status");
            this.status.setAttribute("aria-live", "polite");
            bar.append(this.status);
            this.figure.addEventListener("keydown", (event) => this.key(event));
            return bar;
        }

        key(event) {
            if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
            const keys = { ArrowLeft: this.step - 1, ArrowRight: this.step + 1, Home: 1, End: this.count };
            if (!(event.key in keys)) return;
            // mdBook turns the page on these.
            event.stopPropagation();
            event.preventDefault();
            this.show(keys[event.key], true);
        }

        header() {
            const row = element("div", "cx-row cx-header");
            for (let lane = 0; lane < this.lanes; lane++) {
                const thread = this.witness.threads.find((thread) => thread.id === lane);
                const title = element("span", "cx-text", thread && thread.name ? `T${lane} ${thread.name}` : `T${lane}`);
                title.style.setProperty("--lane", lane);
                row.append(title);
            }
            return row;
        }

        row(event) {
            const row = element("div", event.failing ? "cx-row cx-failing" : "cx-row");
            row.dataset.step = event.step;
            row.append(element("span", "cx-number", event.step));
            for (let lane = 0; lane < this.lanes; lane++) {
                const line = element("span", "cx-line");
                line.style.setProperty("--lane", lane);
                row.append(line);
            }
            const dot = element("span", "cx-dot", event.failing ? "✗" : "");
            dot.style.setProperty("--lane", event.thread);
            const text = element("span", "cx-text");
            text.append(element("span", "", event.text));
            text.style.setProperty("--lane", event.thread);
            row.append(dot, text);
            row.append(element("span", "cx-source", this.source(event)));
            return row;
        }

        source(event) {
            return event.source ? `${event.source.file.split("/").pop()}:${event.source.line}` : "";
        }

        // Shows the steps up to `step`. `chosen` says whether the reader asked for it.
        show(step, chosen) {
            this.step = Math.min(Math.max(step, 1), this.count);
            for (const row of this.rows) {
                const number = Number(row.dataset.step);
                row.style.visibility = number <= this.step ? "visible" : "hidden";
                row.classList.toggle("cx-current", chosen && number === this.step);
            }
            const event = this.witness.events[this.step - 1];
            const who = this.witness.threads.find((thread) => thread.id === event.thread);
            const name = who && who.name ? `T${event.thread} ${who.name}` : `T${event.thread}`;
            this.status.textContent = `${this.step} of ${this.count}` + (chosen ? `: ${name} ${event.sentence}` : "");
            this.drawArrows();
            if (chosen) history.replaceState(null, "", `#${this.name}-step=${this.step}`);
        }

        // From each read to the write that it read from, and the edge that a race lacks.
        drawArrows() {
            const frame = this.drawing.getBoundingClientRect();
            if (frame.width === 0) return;
            const place = (step) => {
                const dot = this.rows[step - 1].querySelector(".cx-dot").getBoundingClientRect();
                return { x: dot.left + dot.width / 2 - frame.left, y: dot.top + dot.height / 2 - frame.top };
            };
            const paths = [];
            const arrow = (from, to, className) => {
                if (from > this.step || to > this.step) return;
                const [a, b] = [place(from), place(to)];
                const path = document.createElementNS(SVG, "path");
                path.setAttribute("d", `M${a.x},${a.y} L${b.x},${b.y}`);
                path.setAttribute("class", className);
                path.setAttribute("marker-end", `url(#${this.name}-head)`);
                paths.push(path);
            };
            for (const event of this.witness.events) {
                const from = event.reads_from && this.witness.events[event.reads_from - 1];
                if (from && from.thread !== event.thread) arrow(event.reads_from, event.step, "cx-reads-from");
            }
            const missing = this.witness.missing_edge;
            if (missing) arrow(missing.from, missing.to, "cx-missing");
            this.arrows.replaceChildren(this.head, ...paths);
        }

        // Goes to the step that the address names, if it names this figure.
        follow(hash) {
            const found = hash.match(/^#(.+)-step=(\d+)$/);
            if (!found || decodeURIComponent(found[1]) !== this.name) return;
            this.show(Number(found[2]), true);
            this.figure.scrollIntoView({ block: "nearest" });
        }
    }

    const all = Array.from(document.querySelectorAll("figure[data-counterexample]"), (figure) => new Counterexample(figure));
    const follow = () => all.forEach((counterexample) => counterexample.step && counterexample.follow(location.hash));
    follow();
    window.addEventListener("hashchange", follow);
})();
