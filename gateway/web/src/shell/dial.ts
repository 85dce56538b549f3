/**
 * Hands a number (a `tel:` URI, RFC 3966, as the API gives it) to the device's telephone.
 *
 * Promises: the page stays as it is; a device without a telephone asks its person what to open, or does nothing.
 */
export function dial(uri: string): void {
  const link = document.createElement('a');
  link.href = uri;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}
