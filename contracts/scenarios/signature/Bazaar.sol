// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Prints of a painter. Nobody needs to be asked whether he can receive one.
contract Prints {
    string public constant name = "Prints";
    address public immutable painter = msg.sender;
    uint256 public count;
    mapping(uint256 => address) public ownerOf;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => bool)) public isApprovedForAll;

    event Transfer(address indexed from, address indexed to, uint256 indexed id);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    function print(address to, uint256 number) external {
        require(msg.sender == painter, "not the painter");
        for (uint256 i = 0; i < number; i++) {
            ownerOf[++count] = to;
            balanceOf[to]++;
            emit Transfer(address(0), to, count);
        }
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    function transferFrom(address from, address to, uint256 id) external {
        require(ownerOf[id] == from, "not his");
        require(msg.sender == from || isApprovedForAll[from][msg.sender], "not allowed");
        (ownerOf[id], balanceOf[from], balanceOf[to]) = (to, balanceOf[from] - 1, balanceOf[to] + 1);
        emit Transfer(from, to, id);
    }
}

/// Moves what a bazaar tells it to, for holders who allowed it.
contract Conduit {
    address public bazaar;

    function open(address bazaar_) external {
        require(bazaar == address(0), "open");
        bazaar = bazaar_;
    }

    function carry(Prints prints, address from, address to, uint256[] calldata ids) external {
        require(msg.sender == bazaar, "not the bazaar");
        for (uint256 i = 0; i < ids.length; i++) prints.transferFrom(from, to, ids[i]);
    }
}

/// Orders are signed and lie about somewhere; whoever brings some, and the coins for them, gets the pieces.
contract Bazaar {
    struct Order {
        address offerer;
        Prints prints;
        uint256[] ids;
        uint256 price;
        address zone;
        uint256 salt;
    }

    Conduit public immutable conduit;
    mapping(bytes32 => bool) public used;

    event OrderFulfilled(bytes32 orderHash, address indexed offerer, address indexed zone, address recipient, uint256 price);

    constructor(Conduit conduit_) {
        conduit = conduit_;
    }

    function hashOf(Order calldata order) public view returns (bytes32) {
        bytes32 ids = keccak256(abi.encodePacked(order.ids));
        bytes32 inner =
            keccak256(abi.encode(order.offerer, order.prints, ids, order.price, order.zone, order.salt));
        return keccak256(abi.encodePacked(hex"1901", keccak256(abi.encode(block.chainid, this)), inner));
    }

    function fulfillAvailable(Order[] calldata orders, bytes[] calldata signatures, address recipient) external payable {
        uint256 spent;
        for (uint256 i = 0; i < orders.length; i++) {
            bytes32 hash = hashOf(orders[i]);
            require(!used[hash], "used");
            used[hash] = true;
            require(orders[i].zone == address(0) || orders[i].zone == msg.sender, "not for you");
            bytes calldata s = signatures[i];
            require(ecrecover(hash, uint8(s[64]), bytes32(s[:32]), bytes32(s[32:64])) == orders[i].offerer, "not signed");
            spent += orders[i].price;
            conduit.carry(orders[i].prints, orders[i].offerer, recipient, orders[i].ids);
            (bool ok,) = orders[i].offerer.call{value: orders[i].price}("");
            require(ok, "not paid");
            emit OrderFulfilled(hash, orders[i].offerer, orders[i].zone, recipient, orders[i].price);
        }
        require(spent == msg.value, "not the price");
    }
}
