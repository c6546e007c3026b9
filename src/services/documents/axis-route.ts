// The name of the way over the national axis, for those who send by it and the one who works it.

/** As in `DispatchDraft.route`; also the name of the source behind it. */
export const axisRoute = 'document-axis';
