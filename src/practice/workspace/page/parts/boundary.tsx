import { Component, type ReactNode } from 'react';

/** Keeps blocks that cannot be shown from taking the page with them. React knows no other form for this than a class. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidUpdate(before: { children: ReactNode }) {
    if (this.state.failed && before.children !== this.props.children) this.setState({ failed: false });
  }

  override render() {
    if (this.state.failed) return <p className="unsupported">The blocks of this message cannot be shown.</p>;
    return this.props.children;
  }
}
