// The types of rtnetlink's messages about links, addresses and routes. Source: linux/rtnetlink.h of Linux 6.1.

export const networkMessage = {
  newLink: 16,
  deleteLink: 17,
  getLink: 18,
  newAddress: 20,
  deleteAddress: 21,
  getAddress: 22,
  newRoute: 24,
  deleteRoute: 25,
  getRoute: 26,
} as const;
